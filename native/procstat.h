/* /proc/PID/stat */
#ifndef GANTRY_PROCSTAT_H
#define GANTRY_PROCSTAT_H

#include <sys/types.h>

/* Field 22, the start time in clock ticks since boot: with the pid it names a process for ever. -1 and errno. */
int read_start_time(pid_t pid, unsigned long long *ticks);

/* Field 4. -1 when there is no such process. */
pid_t read_parent(pid_t pid);

#endif
