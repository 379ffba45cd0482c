/* `gantry-init seccomp`: a profile (docs/plan-format.md, "Seccomp profile") becomes a BPF program, through libseccomp. */
#ifndef GANTRY_SECCOMP_H
#define GANTRY_SECCOMP_H

#include <stddef.h>

/* Write the program to `program_fd`. An error is one line on standard error. Returns the exit status. */
int seccomp_compile(const unsigned char *profile, size_t length, int program_fd);

/* Of the libseccomp in this program, e.g. "2.5.4". */
extern const char seccomp_library[];

#endif
