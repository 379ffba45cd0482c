/* Closing every descriptor but some. */
#ifndef GANTRY_KEEPFDS_H
#define GANTRY_KEEPFDS_H

#include <stddef.h>

/*
 * Close all descriptors from `first` on, except those in the two lists (-1: none, any order). Does not allocate.
 * -1 and errno.
 */
int close_except(unsigned first, const int *some, size_t some_count, const int *more, size_t more_count);

#endif
