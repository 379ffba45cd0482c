#include "passwd.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024
#define FILE_MAX_BYTES (1024 * 1024)

/* Decimal digits only, to the end of the text: "0x" or "-1" are no user ids. */
static bool parse_uid(const char *text, unsigned *uid)
{
	uint64_t value = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (uint64_t) (*text - '0');
		if (value > UINT32_MAX)
			return false;
	}
	*uid = (unsigned) value;
	return true;
}

/* name:password:uid:gid:comment:home:shell */
static bool match_line(char *line, unsigned uid, char *home, size_t size)
{
	char *fields[7] = { NULL };
	unsigned found;

	for (int i = 0; i < 7 && line != NULL; i++) {
		fields[i] = line;
		line = strchr(line, ':');
		if (line != NULL)
			*line++ = '\0';
	}
	if (fields[5] == NULL || !parse_uid(fields[2], &found) || found != uid)
		return false;
	if (fields[5][0] != '/' || strlen(fields[5]) >= size)
		return false;
	(void) strcpy(home, fields[5]);
	return true;
}

int passwd_home(int fd, unsigned uid, char *home, size_t size)
{
	char line[LINE_MAX_BYTES];
	char buffer[4096];
	size_t used = 0;
	bool is_skipping = false;
	ssize_t n;

	for (size_t total = 0; (n = read(fd, buffer, sizeof buffer)) != 0; total += (size_t) n) {
		if (n < 0)
			return -1;
		/* Not as if it ended here: what we have of a line may be a part. */
		if (total >= FILE_MAX_BYTES)
			return 0;
		for (ssize_t i = 0; i < n; i++) {
			if (buffer[i] == '\n') {
				line[used] = '\0';
				if (!is_skipping && match_line(line, uid, home, size))
					return 1;
				used = 0;
				is_skipping = false;
			} else if (used + 1 < sizeof line) {
				line[used++] = buffer[i];
			} else {
				is_skipping = true;
			}
		}
	}
	line[used] = '\0';
	return !is_skipping && used > 0 && match_line(line, uid, home, size) ? 1 : 0;
}
