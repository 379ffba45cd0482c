/* The monitor: parent of one container process until it has ended and its output has been passed on. See supervise.h. */
#ifndef GANTRY_MONITOR_H
#define GANTRY_MONITOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "control.h"
#include "linger.h"
#include "logger.h"
#include "oom.h"
#include "pump.h"
#include "streams.h"
#include "supervise.h"
#include "tty.h"

/* Everything a monitor has. Made by supervise_prepare(), gone with supervise_run() or supervise_abort(). */
struct supervisor {
	enum monitor_mode mode;
	bool has_exited;
	bool has_oom;
	bool has_tty;	    /* the pty master is pump[1].from */
	bool lets_go;	    /* of what nobody has read */
	uint16_t rows, cols;
	pid_t pid;	    /* the container process */
	int pidfd;
	int dir_fd;	    /* the process directory */
	int signal_fd;	    /* foreground */
	int console_fd;	    /* connection to the console socket */
	const char *oom_file;
	const char *console_socket;
	struct streams streams;
	struct pump pump[3]; /* 0: to the pty, 1: stdout or from the pty, 2: stderr */
	struct linger linger[3]; /* 1: stdout, 2: stderr */
	struct logger logger;
	struct oom_watch oom;
	struct control control;
	struct raw_tty raw;
};

/* monitor.c: wait and serve until the process has ended and nothing is left to copy; its exit status. */
int monitor_loop(struct supervisor *s);

#endif
