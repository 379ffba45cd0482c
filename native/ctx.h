/* What the operations of one plan share. Allocated before the clone; the child works on its own copy. */
#ifndef GANTRY_CTX_H
#define GANTRY_CTX_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "plan.h"
#include "report.h"
#include "ticket.h"

#define PASSWD_LINE_MAX 1024

struct ctx {
	const struct plan *plan;
	struct report *out;
	mode_t umask; /* the caller's, for the programs we start */

	int lock_fd;          /* the container's lock directory, or -1 */
	struct ticket ticket; /* of the process that works on the plan; the child has none: it is found by its record */

	/* Opened in stage 1 */
	int *op_fds;       /* per operation: a cgroup-join's file, a bind mount's source; -1: none */
	int *ns_fds;       /* per entry of clone.joins */
	int target_pidfd;  /* join-target */
	int exec_fifo;

	/* The parent's */
	pid_t child;
	int pidfd;

	/* The child's */
	int sync_fd;
	int root_fd;       /* the container's root; -1 until it is known, see root_of() */
	int proc_fd;       /* a procfs of our own, nothing mounted over it; -1: not made yet */
	bool is_proc_mounted; /* it is the one on the container's /proc, not one that nobody else sees */
	bool is_pivoted;
	bool has_user_ns;  /* a new or joined one: not everything may be done */
	const struct op_capabilities *capabilities; /* waiting for `identity` */
	const struct op_cwd *cwd;
	bool is_cwd_pending; /* the user may enter it, root may not */
	char **env;        /* exec's environment with room for HOME */
	char home[PASSWD_LINE_MAX + 5];
	char executable[PATH_MAX];
};

/* The descriptor that paths in the container are resolved against; -1 and errno. */
int root_of(struct ctx *ctx);

#endif
