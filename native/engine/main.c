/*
 * gantry-runtime: starts the engine that lies beside this file under another name, and which is gantry-runtime when argv[0] says
 * so (src/bin/main.ts). Two things must be right before a JavaScript engine starts: its environment, which may turn it into
 * another program (BUN_BE_BUN), and whether it compiles: a command is over before that pays, and to prepare for it takes a
 * tenth of the command's time.
 *
 * Where another runtime may have to take our place, the engine is asked first (delegate.c).
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "engine.h"

#define ENGINE "gantry-shimd"

extern char **environ;

static bool starts_with(const char *text, const char *beginning)
{
	return strncmp(text, beginning, strlen(beginning)) == 0;
}

char **engine_environment(bool is_worker, const char *const more[])
{
	char **environment;
	size_t count = 0;
	size_t more_count = 0;

	while (environ[count] != NULL)
		count++;
	while (more[more_count] != NULL)
		more_count++;
	environment = calloc(count + more_count + 2, sizeof *environment);
	if (environment == NULL)
		return NULL;
	count = 0;
	for (char **entry = environ; *entry != NULL; entry++)
		if (!starts_with(*entry, "BUN_") && !starts_with(*entry, "NODE_OPTIONS=") && !starts_with(*entry, LAUNCH_PREFIX))
			environment[count++] = *entry;
	if (!is_worker)
		environment[count++] = (char *) "BUN_JSC_useJIT=0";
	for (size_t i = 0; i < more_count; i++)
		environment[count++] = (char *) (unsigned long) more[i];
	return environment;
}

/* `path` gets the engine's path; -1 with errno. */
static int find_engine(char path[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - sizeof ENGINE);
	char *slash;

	if (length < 0)
		return -1;
	path[length] = '\0';
	slash = strrchr(path, '/');
	if (slash == NULL || (size_t) length >= PATH_MAX - sizeof ENGINE) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(slash + 1, ENGINE, sizeof ENGINE);
	return 0;
}

int main(int argc, char **argv)
{
	const char *const nothing[] = { NULL };
	char path[PATH_MAX] = "/proc/self/exe";
	bool is_worker = argc > 1 && strcmp(argv[1], "worker") == 0;
	bool holds_transforms = argc > 1 && strcmp(argv[1], "transforms") == 0;
	char **environment = engine_environment(is_worker, nothing);

	/* Code of the node's owner runs no longer than whoever can kill it. */
	if (holds_transforms)
		(void) prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (environment != NULL && find_engine(path) == 0 && argc > 0) {
		if (!is_worker && !holds_transforms && may_delegate(argv)) {
			int status = delegate(path, argv);

			if (status >= 0)
				return status;
		}
		/* Whatever we are called: somebody's `runc`, or a path with a version in it. */
		argv[0] = (char *) "gantry-runtime";
		(void) execve(path, argv, environment);
	}
	(void) fprintf(stderr, "gantry-runtime: cannot execute %s: %s\n", path, strerror(errno));
	return 1;
}
