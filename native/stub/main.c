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

#include "front.h"

#ifndef GANTRY_VERSION
#define GANTRY_VERSION "0.1.0"
#endif

extern char **environ;

/* The few things of the command line that are not the server's alone. */
struct call {
	const char *address, *action;
	const char *incomplete; /* a flag without its value */
	bool wants_info, wants_version;
};

static bool is_one_of(const char *name, size_t length, const char *const *names)
{
	for (; *names != NULL; names++) {
		if (strlen(*names) == length && memcmp(name, *names, length) == 0)
			return true;
	}
	return false;
}

static bool is_flag(const char *arg)
{
	const char *name = arg + strspn(arg, "-");

	return (name - arg == 1 || name - arg == 2) && ((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z'));
}

static bool is_true(const char *text)
{
	return strcmp(text, "1") == 0 || strcasecmp(text, "t") == 0 || strcasecmp(text, "true") == 0;
}

static bool looks_like_value(const char *arg)
{
	return arg != NULL && arg[0] != '-' && strcmp(arg, "start") != 0 && strcmp(arg, "delete") != 0;
}

/* As src/shim/argv.ts does it. A newer containerd may send flags that are not known here: they are skipped, with their values. */
static struct call parse_call(char **argv)
{
	static const char *const with_value[] = {"namespace", "id", "address", "publish-binary", "bundle", "socket", "ready-fd", NULL};
	static const char *const info[] = {"info", NULL}, *const version[] = {"v", "version", NULL};
	static const char *const debug[] = {"debug", NULL}, *const address[] = {"address", NULL};
	struct call call = {.address = "", .action = ""};

	for (; *argv != NULL; argv++) {
		if (strcmp(*argv, "--") == 0 || !is_flag(*argv)) {
			call.action = strcmp(*argv, "--") != 0 ? *argv : argv[1] != NULL ? argv[1] : "";
			break;
		}
		const char *name = *argv + strspn(*argv, "-");
		size_t length = strcspn(name, "=");
		const char *value = name[length] == '=' ? name + length + 1 : NULL;

		if (is_one_of(name, length, info)) {
			call.wants_info |= value == NULL || is_true(value);
		} else if (is_one_of(name, length, version)) {
			call.wants_version |= value == NULL || is_true(value);
		} else if (value == NULL && is_one_of(name, length, with_value)) {
			if (argv[1] == NULL) {
				call.incomplete = name;
				break;
			}
			value = *++argv;
		} else if (value == NULL && !is_one_of(name, length, debug) && looks_like_value(argv[1])) {
			argv++;
		}
		if (value != NULL && is_one_of(name, length, address))
			call.address = value;
	}
	return call;
}

/* A descriptor that is opened later must not become a standard stream. */
static int fill_stdio(void)
{
	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct place place;
	struct failure failure;
	struct call call;

	if (argc < 1 || fill_stdio() < 0)
		return 1;
	/* A reader that has gone is seen where something is written. */
	(void) signal(SIGPIPE, SIG_IGN);
	call = parse_call(argv + 1);
	if (call.incomplete != NULL) {
		print_text(STDERR_FILENO, "flag needs an argument: -");
		print_text(STDERR_FILENO, call.incomplete);
		print_text(STDERR_FILENO, "\n");
		return 1;
	}
	if (call.wants_version) {
		print_text(STDOUT_FILENO, "containerd-shim-gantry-v2:\n  Version: " GANTRY_VERSION "\n");
		return 0;
	}
	if (place_find(&place, call.address, environ, &failure) < 0)
		return front_failed(&failure);
	if (!call.wants_info && strcmp(call.action, "start") == 0)
		return front_run(&place, argv + 1, true);
	if (!call.wants_info && strcmp(call.action, "delete") == 0)
		return front_run(&place, argv + 1, false);
	return front_alone(&place, argv + 1);
}
