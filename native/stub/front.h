/* The short-lived invocations: docs/decisions/005-relay-protocol.md, "Front". */
#ifndef STUB_FRONT_H
#define STUB_FRONT_H

#include <stdbool.h>

#include "launch.h"

/* Have the server carry out `argv` (without the program's name); the exit status. */
int front_run(const struct place *place, char **argv, bool is_start);
/* Let gantry-shimd do it alone. Returns only if that cannot be executed: the exit status. */
int front_alone(const struct place *place, char **argv);
/* One line on standard error; the exit status. */
int front_failed(const struct failure *failure);

/* Write all of it, wherever it goes. */
void print(int fd, const void *data, size_t length);
void print_text(int fd, const char *text);

#endif
