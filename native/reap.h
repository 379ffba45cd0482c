/* The first process of a pod: holds its namespaces. */
#ifndef GANTRY_REAP_H
#define GANTRY_REAP_H

/* Sleep and reap what is left to us, until SIGTERM or SIGINT. Returns the exit status. */
int reap_until_told(void);

#endif
