/*
 * The socket between the parent and the child (and the intermediate, which shares the child's end): SOCK_SEQPACKET,
 * one message per packet. The child sends with write(2) alone once a seccomp filter may be in place.
 *
 *     intermediate → parent   SYNC_PID       the child's process id in the parent's pid namespace
 *     parent → child          SYNC_GO        stage 3, or stage 5, is done
 *     child → parent          SYNC_MOUNTED   stage 4 is done (only when stage 5 has operations)
 *     child → parent          SYNC_CONSOLE   the pty's name; the master is attached. Answered by SYNC_GO
 *     child → parent          SYNC_LISTENER  the number of its seccomp listener. Answered by SYNC_GO
 *     child → parent          SYNC_SOCKET    from a child that becomes criu: where it will answer; a socket is attached
 *     child → parent          SYNC_READY     stage 6 is done; the child closes its end and waits at the exec fifo
 *     child → parent          SYNC_EXEC      execve comes next; success closes the socket
 *     child → parent          SYNC_WARNING, SYNC_ERROR
 */
#ifndef GANTRY_SYNC_H
#define GANTRY_SYNC_H

#include <stdint.h>
#include <sys/types.h>

#include "report.h"

enum sync_type {
	SYNC_GO = 1,
	SYNC_PID,
	SYNC_MOUNTED,
	SYNC_CONSOLE,
	SYNC_LISTENER,
	SYNC_SOCKET,
	SYNC_READY,
	SYNC_EXEC,
	SYNC_WARNING,
	SYNC_ERROR,
};

struct sync_message {
	enum sync_type type;
	union {
		pid_t pid;
		int number;
		char name[64];
		struct failure failure;
	} u;
};

/* A message of its type alone. */
int sync_send(int fd, enum sync_type type);
int sync_send_pid(int fd, pid_t pid);
int sync_send_listener(int fd, int number);
int sync_send_console(int fd, const char *name, int master_fd);
int sync_send_socket(int fd, int socket_fd);
int sync_send_failure(int fd, enum sync_type type, const struct failure *failure);

/*
 * Wait for one message. 1: `message` is filled, `*attached` is the descriptor that came with it or -1; 0: the other side
 * is gone; -1 and errno. A packet that is not a message is EPROTO.
 */
int sync_receive(int fd, struct sync_message *message, int *attached);

#endif
