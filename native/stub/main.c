/*
 * containerd-shim-gantry-v2: what containerd executes for `start` and `delete`, and the stub of a pod that `start` leaves behind.
 * docs/decisions/005-relay-protocol.md says what it tells the server, and the server it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "stub.h"

#ifndef GANTRY_VERSION
#define GANTRY_VERSION "0.1.0"
#endif

extern char **environ;

/* What of the command line is not the server's alone. */
struct call {
	const char *address, *action, *incomplete; /* a flag without its value */
	bool wants_info, wants_version;
};

static bool is_flag(const char *arg)
{
	char first = arg[strspn(arg, "-")];

	return arg[0] == '-' && strspn(arg, "-") <= 2 && ((first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z'));
}

/* Whether a name of `length` bytes is in a list where spaces are around each. */
static bool is_in(const char *list, const char *name, size_t length)
{
	const char *at = list;

	while ((at = strstr(at, " ")) != NULL && (strncmp(++at, name, length) != 0 || at[length] != ' '))
		;
	return at != NULL;
}

static bool looks_like_value(const char *arg)
{
	return arg != NULL && arg[0] != '-' && strcmp(arg, "start") != 0 && strcmp(arg, "delete") != 0;
}

/* As src/shim/argv.ts does it. A newer containerd may send flags that are not known here: they are skipped, with their values. */
static struct call parse_call(char **argv)
{
	struct call call = {.address = "", .action = ""};

	for (; *argv != NULL && is_flag(*argv); argv++) {
		const char *name = *argv + strspn(*argv, "-");
		size_t length = strcspn(name, "=");
		const char *value = name[length] == '=' ? name + length + 1 : NULL;

		if (is_in(" debug info v version ", name, length)) {
			bool is_on = value == NULL || strcmp(value, "1") == 0 || strcasecmp(value, "t") == 0 || strcasecmp(value, "true") == 0;

			call.wants_info |= is_on && is_in(" info ", name, length);
			call.wants_version |= is_on && is_in(" v version ", name, length);
		} else if (value == NULL && is_in(" namespace id address publish-binary bundle socket ready-fd ", name, length)) {
			if (argv[1] == NULL)
				call.incomplete = name;
			else
				value = *++argv;
		} else if (value == NULL && looks_like_value(argv[1])) {
			argv++;
		}
		if (value != NULL && is_in(" address ", name, length))
			call.address = value;
	}
	if (*argv != NULL && strcmp(*argv, "--") == 0)
		argv++;
	if (*argv != NULL)
		call.action = *argv;
	return call;
}

int main(int argc, char **argv)
{
	static const char version[] = "containerd-shim-gantry-v2:\n  Version: " GANTRY_VERSION "\n";
	static struct server server;
	struct call call;
	int fd;

	/* A descriptor that is opened later must not become a standard stream. */
	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd < 3 && fcntl(fd, F_SETFD, 0) == 0);
	(void) close(fd);
	(void) signal(SIGPIPE, SIG_IGN); /* a reader that has gone is seen where something is written */
	if (argc < 1)
		return 1;
	call = parse_call(argv + 1);
	errno = EINVAL;
	if (call.incomplete != NULL)
		return front_failed("find the value of flag", call.incomplete);
	if (call.wants_version) {
		print(STDOUT_FILENO, version, sizeof version - 1);
		return 0;
	}
	if (server_find(&server, call.address, environ) < 0)
		return front_failed(server.failed, server.dir);
	if (!call.wants_info && (strcmp(call.action, "start") == 0 || strcmp(call.action, "delete") == 0))
		return front_run(&server, argv + 1, call.action[0] == 's');
	return front_alone(&server, argv + 1);
}
