#include "keepfds.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "sys.h"

#define OLD_KERNEL_FDS 65536u

static unsigned smaller(unsigned best, unsigned first, const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i] >= 0 && (unsigned) fds[i] >= first && (unsigned) fds[i] < best)
			best = (unsigned) fds[i];
	return best;
}

static int close_span(unsigned first, unsigned last)
{
	if (first > last || sys_close_range(first, last, 0) == 0)
		return 0;
	if (errno != ENOSYS)
		return -1;
	/* Before Linux 5.9 there is no cheap way to know which are open. */
	for (unsigned fd = first; fd <= last && fd < OLD_KERNEL_FDS; fd++)
		(void) close((int) fd);
	return 0;
}

int close_except(unsigned first, const int *some, size_t some_count, const int *more, size_t more_count)
{
	for (;;) {
		unsigned next = smaller(smaller(UINT_MAX, first, some, some_count), first, more, more_count);

		if (next == UINT_MAX)
			return close_span(first, UINT_MAX);
		if (next > first && close_span(first, next - 1) < 0)
			return -1;
		first = next + 1;
	}
}
