/* /etc/passwd of a container: data from an image, parsed without the C library. */
#ifndef GANTRY_PASSWD_H
#define GANTRY_PASSWD_H

#include <stddef.h>

/*
 * Copy the home directory of user `uid` to `home`. 1: found; 0: not found, or the field is empty, not absolute or too
 * long; -1 and errno. Lines longer than 1 KiB are skipped; reads 1 MiB at most.
 */
int passwd_home(int fd, unsigned uid, char *home, size_t size);

#endif
