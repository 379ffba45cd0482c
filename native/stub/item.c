#include "item.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define PAGE 4096
#define SLOT 512
#define PAGES 256
#define PAGES_KEPT 1 /* not given back: the calls that an idle pod gets now and then cost no page fault */

_Static_assert(PAGE / SLOT == 8, "the slots of a page are the bits of a byte");
_Static_assert(SLOT >= sizeof(struct item) + ITEM_HEADROOM + STATUS_MAX, "an item can become the answer to itself");

static _Alignas(PAGE) uint8_t slots[PAGES][PAGE];
static uint8_t used[PAGES];

struct item *item_new(struct frame_header header)
{
	size_t size = sizeof(struct item) + ITEM_HEADROOM + FRAME_HEADER + header.length, mapped = 0;
	struct item *item = NULL;

	/* The lowest slot that is free, so that few pages are touched. */
	for (int page = 0; size <= SLOT && page < PAGES && item == NULL; page++) {
		int slot = __builtin_ffs(~used[page] & 0xff) - 1;

		if (slot >= 0) {
			used[page] = (uint8_t) (used[page] | 1 << slot);
			item = (struct item *) (void *) &slots[page][slot * SLOT];
		}
	}
	if (item == NULL) {
		mapped = (size + PAGE - 1) & ~(size_t) (PAGE - 1);
		item = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (item == MAP_FAILED)
			return NULL;
	}
	*item = (struct item){
		.mapped = (uint32_t) mapped,
		.length = FRAME_HEADER + header.length,
		.begin = ITEM_HEADROOM,
		.stream = header.stream,
		.type = header.type,
	};
	frame_encode(item_frame(item), header);
	return item;
}

void item_free(struct item *item)
{
	size_t offset = (size_t) ((uint8_t *) item - slots[0]);

	if (item->mapped > 0) {
		(void) munmap(item, item->mapped);
		return;
	}
	used[offset / PAGE] = (uint8_t) (used[offset / PAGE] & ~(1 << offset % PAGE / SLOT));
	if (used[offset / PAGE] == 0 && offset / PAGE >= PAGES_KEPT)
		(void) madvise(slots[offset / PAGE], PAGE, MADV_DONTNEED);
}

void items_add(struct items *items, struct item *item)
{
	item->next = NULL;
	if (items->first == NULL)
		items->end = &items->first;
	*items->end = item;
	items->end = &item->next;
}

struct item *items_take(struct items *items, struct item **at)
{
	struct item *item = *at;

	*at = item->next;
	if (items->end == &item->next)
		items->end = at;
	return item;
}

enum reading reader_read(struct reader *reader, int fd)
{
	static uint8_t nowhere[4 * PAGE];
	struct item *item = reader->item;
	size_t left = (size_t) (FRAME_HEADER - reader->have);
	uint8_t *to = reader->header + reader->have;
	ssize_t n;

	if (item != NULL) {
		left = item->length - FRAME_HEADER - item->done;
		to = item_frame(item) + FRAME_HEADER + item->done;
	} else if (reader->skip > 0) {
		left = reader->skip < sizeof nowhere ? reader->skip : sizeof nowhere;
		to = nowhere;
	}
	n = left == 0 ? 0 : recv(fd, to, left, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOMEM || errno == ENOBUFS))
		return READING_WAITS;
	if (n < 0 || (n == 0 && left > 0))
		return READING_ENDED;
	if (item != NULL)
		item->done += (uint32_t) n;
	else if (reader->skip > 0)
		reader->skip -= (uint32_t) n;
	else
		reader->have = (uint8_t) (reader->have + n);
	if ((size_t) n < left || to == nowhere)
		return READING_WAITS;
	return item != NULL ? READING_FRAME : READING_HEADER;
}

void reader_skip(struct reader *reader)
{
	reader->skip = frame_decode(reader->header).length;
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
