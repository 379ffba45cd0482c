/*
 * Output that nobody has read when its process has ended: what is in a fifo is lost when the last descriptor of it is closed, and
 * the client that was to read it may come back; its open(2) then waits for a writer. It also waits for end of file, so no write
 * end may stay open while it reads.
 */
#ifndef GANTRY_LINGER_H
#define GANTRY_LINGER_H

#include <poll.h>
#include <stdbool.h>

struct linger {
	int fd;	       /* of the fifo; -1: nothing is kept */
	int opened;    /* inotify: somebody opens it. -1: there is a reader, as far as we know, and `fd` is a read end */
	int pause_ms;  /* until a reader is looked at again */
	bool had_reader;
};

void linger_init(struct linger *linger);

/*
 * Take over an O_RDWR descriptor of a fifo, -1 for none, into which nothing more is written. It is closed as soon as a reader has
 * been there and nothing is unread, which mostly is at once; and if it is no fifo.
 */
void linger_begin(struct linger *linger, int *fd);

bool linger_is_active(const struct linger *linger);

/* What to wait for, and for how long at most; -1: for ever. */
struct pollfd linger_poll(const struct linger *linger);
int linger_timeout_ms(const struct linger *linger);

/* After either: see who is there, and whether all has been read. */
void linger_step(struct linger *linger);

void linger_end(struct linger *linger);

#endif
