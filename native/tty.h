/* Pseudo-terminals: their size, the caller's terminal, and the console socket of the OCI command line. */
#ifndef GANTRY_TTY_H
#define GANTRY_TTY_H

#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

/* A terminal in raw mode, and what it was before. */
struct raw_tty {
	int fd; /* borrowed; -1: nothing to restore */
	struct termios before;
};

/* Set the size of a pty; 0, or -1 with errno. */
int tty_set_size(int fd, uint16_t rows, uint16_t cols);

/* Give `to` the size of `from`, if that is a terminal with one. */
void tty_copy_size(int from, int to);

/* Output of the pty keeps "\n" as it is: whoever reads it may be a file. */
void tty_plain_newlines(int fd);

/* Put `fd` into raw mode but for its output, if it is a terminal. */
void raw_tty_enter(struct raw_tty *raw, int fd);

/* Restore what raw_tty_enter() changed; more than once is fine. */
void raw_tty_leave(struct raw_tty *raw);

/* Connect to the caller's console socket, however long its path is; the descriptor, or -1 with errno. */
int console_connect(const char *path);

/* Send one message: `pty_name` as its text, `master_fd` as its only descriptor. 0, or -1 with errno. */
int console_send(int socket_fd, const char *pty_name, int master_fd);

#endif
