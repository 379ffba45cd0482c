#include "reader.h"

#include <errno.h>
#include <sys/socket.h>

/* Bytes read, 0 for nothing there yet, -1 at the end. */
static ssize_t receive(int fd, void *to, size_t size)
{
	ssize_t n = recv(fd, to, size, MSG_DONTWAIT);

	if (n > 0)
		return n;
	if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOMEM || errno == ENOBUFS))
		return 0;
	return -1;
}

static enum reading read_header(struct reader *reader, int fd)
{
	ssize_t n = receive(fd, reader->header + reader->have, (size_t) (FRAME_HEADER - reader->have));

	if (n < 0)
		return READING_ENDED;
	reader->have = (uint8_t) (reader->have + n);
	return reader->have == FRAME_HEADER ? READING_HEADER : READING_WAITS;
}

static enum reading read_payload(struct reader *reader, int fd)
{
	struct item *item = reader->item;
	uint32_t left = item->length - FRAME_HEADER - item->done;
	ssize_t n = left > 0 ? receive(fd, item_payload(item) + item->done, left) : 0;

	if (n < 0)
		return READING_ENDED;
	item->done += (uint32_t) n;
	return (uint32_t) n == left ? READING_FRAME : READING_WAITS;
}

static enum reading skip_payload(struct reader *reader, int fd)
{
	static uint8_t nowhere[16384];
	ssize_t n = receive(fd, nowhere, reader->skip < sizeof nowhere ? reader->skip : sizeof nowhere);

	if (n < 0)
		return READING_ENDED;
	reader->skip -= (uint32_t) n;
	return READING_WAITS;
}

enum reading reader_read(struct reader *reader, int fd)
{
	if (reader->item != NULL)
		return read_payload(reader, fd);
	return reader->skip > 0 ? skip_payload(reader, fd) : read_header(reader, fd);
}

struct frame_header reader_header(const struct reader *reader)
{
	return frame_decode(reader->header);
}

bool reader_accept(struct reader *reader)
{
	reader->item = item_new(reader_header(reader));
	return reader->item != NULL;
}

void reader_skip(struct reader *reader)
{
	reader->skip = reader_header(reader).length;
	reader->have = 0;
}

struct item *reader_take(struct reader *reader)
{
	struct item *item = reader->item;

	item->done = 0;
	*reader = (struct reader){.have = 0};
	return item;
}

void reader_reset(struct reader *reader)
{
	if (reader->item != NULL)
		item_free(reader->item);
	*reader = (struct reader){.have = 0};
}

bool reader_is_busy(const struct reader *reader)
{
	return reader->have > 0 || reader->skip > 0;
}
