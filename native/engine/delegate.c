/*
 * An engine changes the process it runs in: it raises the limit of descriptors, ignores signals, closes over execve what it
 * inherited. So it decides in a child, and this process, which has changed nothing, becomes the other runtime.
 *
 * What the engine says, in messages of words that end in NUL, on the socket GANTRY_LAUNCH_FD:
 *
 *     exec PATH [FLAG…]    become PATH with these flags and our arguments; the engine ends
 *     run PATH [FLAG…]     run PATH as a child, pass signals on to it, and answer with its exit status as text
 *     engine               become the engine, which ends
 *
 * When it ends without a word, its exit status is ours. A `--config` that comes first is ours alone and goes no further.
 */
#include "engine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONFIG "/etc/gantry/config.toml"
#define CONFIG_MAX (256 * 1024)
#define WORD "delegate"
#define FLAG "--config"
#define MESSAGE_MAX (64 * 1024)
#define WORDS_MAX 64

extern char **environ;

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* Any line but a comment. */
static bool has_word(char *text)
{
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
		if (line[strspn(line, " \t")] != '#' && strstr(line, WORD) != NULL)
			return true;
	return false;
}

/* How many of our arguments are our own: `--config FILE` or `--config=FILE`, first of all. `*file` is FILE, or NULL. */
static int own_arguments(char *const argv[], const char **file)
{
	const char *first = argv[1] == NULL ? "" : argv[1];

	*file = NULL;
	if (strncmp(first, FLAG "=", sizeof FLAG) == 0) {
		*file = first + sizeof FLAG;
		return 1;
	}
	if (strcmp(first, FLAG) != 0 || argv[2] == NULL)
		return 0;
	*file = argv[2];
	return 2;
}

static bool config_has_word(char *const argv[])
{
	const char *given;
	const char *path = own_arguments(argv, &given) > 0 ? given : getenv("GANTRY_CONFIG");
	int fd = open(path == NULL || path[0] == '\0' ? CONFIG : path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text = fd < 0 ? NULL : malloc(CONFIG_MAX + 1);
	ssize_t length = text == NULL ? -1 : read(fd, text, CONFIG_MAX);
	bool result = false;

	if (length > 0) {
		text[length] = '\0';
		result = has_word(text);
	}
	free(text);
	if (fd >= 0)
		(void) close(fd);
	return result;
}

bool may_delegate(char *const argv[])
{
	const char *name = base_name(argv[0]);

	/* Our own shim: it has the containers made by another runtime one by one, and wants to follow them (src/runtime/delegate/). */
	if (getenv("GANTRY_FROM_SHIM") != NULL)
		return false;
	return getenv("GANTRY_ENGINE") != NULL || getenv("SGS_WRAPPER_MODE") != NULL ||
	       strstr(name, "nvidia-container-runtime") != NULL || strcmp(name, "sgs-runc-wrapper") == 0 || config_has_word(argv);
}

static _Noreturn void ask(const char *engine, char **argv, int fd, pid_t parent)
{
	char fd_entry[64];
	char *name_entry = malloc(sizeof LAUNCH_PREFIX "NAME=" + strlen(argv[0]));
	const char *const more[] = { fd_entry, name_entry, NULL };
	char **environment;

	(void) prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || name_entry == NULL)
		_exit(1);
	(void) snprintf(fd_entry, sizeof fd_entry, LAUNCH_PREFIX "FD=%d", fd);
	(void) sprintf(name_entry, LAUNCH_PREFIX "NAME=%s", argv[0]);
	environment = engine_environment(false, more);
	argv[0] = (char *) "gantry-runtime";
	if (environment != NULL && fcntl(fd, F_SETFD, 0) == 0)
		(void) execve(engine, argv, environment);
	(void) fprintf(stderr, "gantry-runtime: cannot execute %s: %s\n", engine, strerror(errno));
	_exit(1);
}

/* The exit status of a child of ours as a shell would give it. */
static int reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* What the engine wants carried out. */
struct order {
	const char *path;
	char **argv;
};

/* Returns only when it fails. */
static void become(const struct order *order)
{
	(void) execve(order->path, order->argv, environ);
}

static void complain(const char *path)
{
	(void) fprintf(stderr, "gantry-runtime: cannot execute %s: %s\n", path, strerror(errno));
}

/* Run it as a child; the signals that reach us are meant for it. Its exit status. */
static int attend(const struct order *order, const struct sigaction *on_child)
{
	sigset_t all, before;
	pid_t child;
	int number;

	(void) sigfillset(&all);
	(void) sigprocmask(SIG_SETMASK, &all, &before);
	child = fork();
	if (child == 0) {
		(void) sigaction(SIGCHLD, on_child, NULL);
		(void) sigprocmask(SIG_SETMASK, &before, NULL);
		become(order);
		complain(order->path);
		_exit(1);
	}
	while (child > 0) {
		siginfo_t info = { .si_pid = 0 };

		number = sigwaitinfo(&all, NULL);
		if (number == SIGCHLD && waitid(P_PID, (id_t) child, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == child)
			break;
		if (number > 0 && number != SIGCHLD && number != SIGPIPE)
			(void) kill(child, number);
	}
	if (child < 0)
		complain(order->path);
	(void) sigprocmask(SIG_SETMASK, &before, NULL);
	return child < 0 ? 1 : reap(child);
}

static void tell_status(int fd, int status)
{
	char text[16];
	int length = snprintf(text, sizeof text, "%d", status);

	(void) send(fd, text, (size_t) length, MSG_NOSIGNAL);
}

/* Take a message apart; what it says points into it. False: it makes no sense, or there is no memory. */
static bool read_order(char *message, size_t length, char *const argv[], struct order *order)
{
	const char *file;
	int own = own_arguments(argv, &file);
	size_t argc = 0;
	size_t count = 0;

	while (argv[argc] != NULL)
		argc++;
	free(order->argv);
	order->argv = calloc(argc + WORDS_MAX + 1, sizeof *order->argv);
	order->path = message + strlen(message) + 1;
	if (order->argv == NULL || message[length - 1] != '\0' || order->path >= message + length)
		return false;
	for (char *word = (char *) (unsigned long) order->path; word < message + length; word += strlen(word) + 1) {
		if (count == WORDS_MAX)
			return false;
		order->argv[count++] = word;
	}
	order->argv[0] = (char *) (unsigned long) base_name(order->path);
	for (size_t i = 1 + (size_t) own; i < argc; i++)
		order->argv[count++] = argv[i];
	return true;
}

/* Do what the engine says, until it has ended. */
static int obey(int fd, pid_t child, char **argv, const struct sigaction *on_child)
{
	static char message[MESSAGE_MAX];
	struct order order = { 0 };

	for (;;) {
		ssize_t length;

		do
			length = recv(fd, message, sizeof message, 0);
		while (length < 0 && errno == EINTR);
		if (length <= 0)
			return reap(child);
		if (strcmp(message, "engine") == 0) {
			(void) reap(child);
			return -1;
		}
		if (!read_order(message, (size_t) length, argv, &order)) {
			(void) fprintf(stderr, "gantry-runtime: cannot understand the engine\n");
			(void) kill(child, SIGKILL);
			(void) reap(child);
			return 1;
		}
		if (strcmp(message, "run") == 0) {
			tell_status(fd, attend(&order, on_child));
			continue;
		}
		(void) reap(child);
		(void) sigaction(SIGCHLD, on_child, NULL);
		become(&order);
		/* Whatever the kernel has against it, a child of ours may have better luck, or says what it is. */
		return attend(&order, on_child);
	}
}

int delegate(const char *engine, char **argv)
{
	const struct sigaction standard = { .sa_handler = SIG_DFL };
	struct sigaction on_child;
	pid_t self = getpid();
	pid_t child;
	int ends[2];
	int status = 1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
		complain(engine);
		return 1;
	}
	/* Ignored, it would have the kernel forget how our children end. */
	(void) sigaction(SIGCHLD, &standard, &on_child);
	child = fork();
	if (child == 0)
		ask(engine, argv, ends[1], self);
	(void) close(ends[1]);
	if (child < 0)
		complain(engine);
	else
		status = obey(ends[0], child, argv, &on_child);
	(void) close(ends[0]);
	(void) sigaction(SIGCHLD, &on_child, NULL);
	return status;
}
