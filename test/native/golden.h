/* The files of test/golden, which the tests of src/ read too: hexadecimal digits, 64 to a line. */
#ifndef GANTRY_TEST_GOLDEN_H
#define GANTRY_TEST_GOLDEN_H

#include <dirent.h>

#include "harness.h"

/* `make test` runs the programs in native/; another place is the first argument of a program. */
#define GOLDEN_DIR "../test/golden"

struct golden {
	char name[64]; /* without ".hex" */
	unsigned char *data; /* exactly `length` bytes, so that a sanitizer sees a read past the end */
	size_t length;
};

struct goldens {
	struct golden items[64];
	size_t count;
};

UNUSED static int hex_digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A copy on the heap that is no longer than it must be. */
UNUSED static unsigned char *exact_copy(const unsigned char *data, size_t length)
{
	unsigned char *copy = malloc(length);

	if (copy == NULL)
		abort();
	if (length > 0)
		memcpy(copy, data, length);
	return copy;
}

/* Read one file; false when it cannot be opened or is not hexadecimal. */
UNUSED static bool read_golden(struct golden *golden, const char *path)
{
	static unsigned char bytes[65536];
	FILE *file = fopen(path, "re");
	const char *name = strrchr(path, '/');
	size_t digits = 0;
	bool is_hex = file != NULL;

	if (file == NULL)
		return false;
	for (int c; is_hex && (c = fgetc(file)) != EOF;) {
		if (c == '\n')
			continue;
		is_hex = hex_digit(c) >= 0 && digits / 2 < sizeof bytes;
		if (is_hex)
			bytes[digits / 2] = (unsigned char) (digits % 2 == 0 ? hex_digit(c) << 4 : bytes[digits / 2] | hex_digit(c));
		digits++;
	}
	(void) fclose(file);
	if (!is_hex || digits == 0 || digits % 2 != 0)
		return false;
	name = name == NULL ? path : name + 1;
	(void) snprintf(golden->name, sizeof golden->name, "%.*s", (int) strcspn(name, "."), name);
	golden->length = digits / 2;
	golden->data = exact_copy(bytes, golden->length);
	return true;
}

/* Every *.hex of a directory; false when one is broken or there is none. */
UNUSED static bool read_goldens(struct goldens *goldens, const char *dir)
{
	DIR *list = opendir(dir);
	bool is_good = true;

	goldens->count = 0;
	for (const struct dirent *entry; list != NULL && (entry = readdir(list)) != NULL;) {
		const char *end = strrchr(entry->d_name, '.');
		char path[512];

		if (end == NULL || strcmp(end, ".hex") != 0)
			continue;
		(void) snprintf(path, sizeof path, "%.240s/%s", dir, entry->d_name);
		is_good = is_good && goldens->count < 64 && read_golden(&goldens->items[goldens->count], path);
		if (!is_good) {
			(void) printf("    cannot use %s\n", path);
			break;
		}
		goldens->count++;
	}
	if (list == NULL)
		(void) printf("    cannot read %s: %s\n", dir, strerror(errno));
	else
		(void) closedir(list);
	return is_good && goldens->count > 0;
}

UNUSED static void free_goldens(struct goldens *goldens)
{
	for (size_t i = 0; i < goldens->count; i++)
		free(goldens->items[i].data);
	goldens->count = 0;
}

#endif
