/* The server: where it is, how to reach it, how to start it. docs/decisions/005-relay-protocol.md, "Places" */
#ifndef STUB_LAUNCH_H
#define STUB_LAUNCH_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#define STARTS 3 /* servers that never said WELCOME, within STARTS_MS */
#define STARTS_MS 10000

struct server {
	const char *address;        /* of containerd, as it was given */
	const char *self;           /* this executable, by the path it was started from */
	char **environment;         /* what the server is to have */
	const char *failed;         /* a step that failed; errno says why, and `dir` where */
	int64_t lost_ms, next_ms;   /* when one that had served was found gone; not to be tried before */
	int64_t started_ms[STARTS]; /* those we have executed since the last WELCOME; the oldest first, 0: none */
	struct sockaddr_un socket;
	char dir[sizeof ((struct sockaddr_un *) NULL)->sun_path - sizeof "/shimd.sock" + 1];
	char program[PATH_MAX];     /* gantry-shimd */
	char exe[PATH_MAX];
};

/* 0, or -1 and `failed`. Takes BUN_* and NODE_OPTIONS out of `environment`: Bun would obey them. */
int server_find(struct server *s, const char *address, char **environment);
/*
 * Connect, and start the server if nobody is there; never waits for it. The connection, or -1: then `next_ms` is when to try again,
 * and `failed` tells whether something is wrong, which may pass too.
 */
int server_reach(struct server *s);
/* It has said WELCOME; or it was reached and is gone. */
void server_welcomed(struct server *s);
/* How `next_ms` follows from a loss: at once after a server that has served for some time, else later and later. */
void server_lost(struct server *s, bool has_served);

/* A connection, or a listening socket with a file of mode 0600; -1 and errno. */
int connect_to(const struct sockaddr_un *to);
int listen_at(const struct sockaddr_un *at);
/* Make a directory, and those above it, 0700. `path` is changed and changed back. */
int make_directories(char *path);
/* Let descriptor i be what fds[i] is, closed for -1, and close all others. */
int arrange_fds(const int *fds, int count);

#endif
