#include "input.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_SIZE 65536

/* A file is read from its beginning, wherever its offset is; a pipe as it comes. */
static ssize_t read_at(int fd, void *to, size_t size, size_t offset)
{
	ssize_t n = pread(fd, to, size, (off_t) offset);

	return n < 0 && errno == ESPIPE ? read(fd, to, size) : n;
}

int input_read(struct input *input, int fd, size_t max)
{
	size_t size = FIRST_SIZE;
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && (size_t) st.st_size <= max)
		size = (size_t) st.st_size + 1;
	input->length = 0;
	input->data = malloc(size);
	while (input->data != NULL) {
		ssize_t n = read_at(fd, input->data + input->length, size - input->length, input->length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		if (n == 0)
			return 0;
		input->length += (size_t) n;
		if (input->length > max) {
			errno = E2BIG;
			break;
		}
		if (input->length == size) {
			unsigned char *larger = realloc(input->data, size *= 2);

			if (larger == NULL)
				break;
			input->data = larger;
		}
	}
	free(input->data);
	input->data = NULL;
	return -1;
}
