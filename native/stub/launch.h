/* Where the server is, how to reach it, and how to start it: docs/decisions/005-relay-protocol.md, "Places". */
#ifndef STUB_LAUNCH_H
#define STUB_LAUNCH_H

#include <limits.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

/* What failed, for one line on standard error. */
struct failure {
	const char *step, *path;
	int error;
};

struct place {
	const char *address;        /* of containerd, as it was given */
	struct sockaddr_un socket;  /* of the server */
	char dir[sizeof ((struct sockaddr_un *) NULL)->sun_path];
	char self[PATH_MAX];        /* this executable, by the path it was started from */
	char beside[PATH_MAX];      /* gantry-shimd beside it */
	char target[PATH_MAX];      /* gantry-shimd beside the file which that path, a symbolic link perhaps, leads to */
	char **environment;         /* what the server is to have */
};

/* 0, or -1 and what failed. Takes BUN_* and NODE_OPTIONS out of `environment`: Bun would obey them. */
int place_find(struct place *place, const char *address, char **environment, struct failure *failure);
/* The gantry-shimd to execute. */
const char *place_server(const struct place *place);

enum launch {
	LAUNCH_REACHED, /* connected */
	LAUNCH_BUSY,    /* somebody else starts the server, or it has no room for a connection just now */
	LAUNCH_ABSENT,  /* nobody is there, and `may_start` was false */
	LAUNCH_FAILED,
};

/*
 * Connect to the server, and start it if nobody is there. Never waits. `fd` is the connection, which does not block;
 * `has_started` tells whether this call executed a server.
 */
enum launch launch_connect(const struct place *place, bool may_start, int *fd, bool *has_started, struct failure *failure);

/* A connection to `to` that does not block, or -1 and errno. */
int connect_to(const struct sockaddr_un *to);
/* A listening socket with a file of mode 0600, or -1 and errno. */
int listen_at(const struct sockaddr_un *at);
/* Make a directory, and those above it, 0700. */
int make_directories(const char *path);
/* Close these and all between. */
void close_all(unsigned first, unsigned last);

#endif
