#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sync.h"

static void copy(char *to, size_t size, const char *from)
{
	size_t length = from == NULL ? 0 : strnlen(from, size - 1);

	if (length > 0)
		memcpy(to, from, length);
	to[length] = '\0';
}

int fail_detail(struct report *out, const char *step, const char *path, int error, const char *detail)
{
	out->failure.error = error;
	copy(out->failure.step, sizeof out->failure.step, step);
	copy(out->failure.path, sizeof out->failure.path, path);
	copy(out->failure.detail, sizeof out->failure.detail, detail);
	return -1;
}

int fail(struct report *out, const char *step, const char *path, int error)
{
	return fail_detail(out, step, path, error, "");
}

void warn(struct report *out, const char *step, const char *path, int error, const char *detail)
{
	struct report warning = { .fd = out->fd };
	int saved = errno;

	(void) fail_detail(&warning, step, path, error, detail);
	if (out->is_message)
		(void) sync_send_failure(out->fd, SYNC_WARNING, &warning.failure);
	else
		(void) report_warning(out, &warning.failure);
	errno = saved;
}

struct line {
	size_t used;
	char text[4 * (REPORT_STEP_MAX + REPORT_PATH_MAX + REPORT_DETAIL_MAX) + 256];
};

static void append(struct line *line, const char *text)
{
	size_t length = strlen(text);

	memcpy(line->text + line->used, text, length);
	line->used += length;
}

static void append_number(struct line *line, int number)
{
	line->used += (size_t) snprintf(line->text + line->used, 16, "\t%d", number);
}

/* A tab and the text with control characters and backslashes as \xHH, so that a line stays a line. */
static void append_field(struct line *line, const char *text)
{
	static const char hex[] = "0123456789abcdef";

	line->text[line->used++] = '\t';
	for (const char *at = text; *at != '\0'; at++) {
		unsigned char byte = (unsigned char) *at;

		if (byte < 0x20 || byte == 0x7f || byte == '\\') {
			line->text[line->used++] = '\\';
			line->text[line->used++] = 'x';
			line->text[line->used++] = hex[byte >> 4];
			line->text[line->used++] = hex[byte & 15];
		} else {
			line->text[line->used++] = *at;
		}
	}
}

static int write_line(const struct report *out, struct line *line)
{
	size_t done = 0;

	line->text[line->used++] = '\n';
	while (done < line->used) {
		ssize_t n = write(out->fd, line->text + done, line->used - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		done += (size_t) n;
	}
	return 0;
}

int report_pid(const struct report *out, long pid, unsigned long long start_time)
{
	struct line line = { .used = 0 };

	line.used = (size_t) snprintf(line.text, sizeof line.text, "pid\t%ld\t%llu", pid, start_time);
	return write_line(out, &line);
}

int report_ready(const struct report *out)
{
	struct line line = { .used = 0 };

	append(&line, "ready");
	return write_line(out, &line);
}

int report_warning(const struct report *out, const struct failure *warning)
{
	struct line line = { .used = 0 };

	append(&line, "warning");
	append_field(&line, warning->step);
	append_number(&line, warning->error);
	append_field(&line, warning->path);
	append_field(&line, warning->detail);
	return write_line(out, &line);
}

int report_error(const struct report *out, const struct failure *failure)
{
	struct line line = { .used = 0 };

	append(&line, "error");
	append_number(&line, failure->op);
	append_field(&line, failure->op_name);
	append_field(&line, failure->step);
	append_number(&line, failure->error);
	append_field(&line, failure->path);
	append_field(&line, failure->detail);
	return write_line(out, &line);
}
