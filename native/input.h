/* Reading a whole descriptor into memory. */
#ifndef GANTRY_INPUT_H
#define GANTRY_INPUT_H

#include <stddef.h>

struct input {
	unsigned char *data; /* on the heap; lives as long as the process */
	size_t length;
};

/* Read until the end; E2BIG beyond `max` bytes. -1 and errno. */
int input_read(struct input *input, int fd, size_t max);

#endif
