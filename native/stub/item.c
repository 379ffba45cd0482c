#include "item.h"

#include <sys/mman.h>

#define SLOT_SIZE 512
#define PAGE_SIZE 4096
#define SLOTS_OF_PAGE (PAGE_SIZE / SLOT_SIZE)
#define PAGES 256
#define PAGES_KEPT 2 /* not given back: a call an idle pod gets now and then costs no page fault */

_Static_assert(SLOTS_OF_PAGE == 8, "the slots of a page are the bits of a byte");
_Static_assert(SLOT_SIZE >= sizeof(struct item) + ITEM_HEADROOM + STATUS_MAX, "an item can become the answer to itself");

static struct {
	_Alignas(PAGE_SIZE) uint8_t slots[PAGES * SLOTS_OF_PAGE][SLOT_SIZE];
	uint8_t used[PAGES]; /* one bit for each slot */
} pool;

/* The lowest one that is free, so that few pages are touched. */
static void *take_slot(void)
{
	for (int page = 0; page < PAGES; page++) {
		int slot = 0;

		if (pool.used[page] == 0xff)
			continue;
		while ((pool.used[page] >> slot & 1) != 0)
			slot++;
		pool.used[page] = (uint8_t) (pool.used[page] | 1 << slot);
		return pool.slots[page * SLOTS_OF_PAGE + slot];
	}
	return NULL;
}

static void give_slot(void *memory)
{
	size_t index = (size_t) ((uint8_t (*)[SLOT_SIZE]) memory - pool.slots);
	size_t page = index / SLOTS_OF_PAGE;

	pool.used[page] = (uint8_t) (pool.used[page] & ~(1 << index % SLOTS_OF_PAGE));
	if (pool.used[page] == 0 && page >= PAGES_KEPT)
		(void) madvise(pool.slots[page * SLOTS_OF_PAGE], PAGE_SIZE, MADV_DONTNEED);
}

struct item *item_new(struct frame_header header)
{
	size_t size = sizeof(struct item) + ITEM_HEADROOM + FRAME_HEADER + header.length;
	struct item *item = size <= SLOT_SIZE ? take_slot() : NULL;
	size_t mapped = 0;

	if (item == NULL) {
		mapped = (size + PAGE_SIZE - 1) & ~(size_t) (PAGE_SIZE - 1);
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
	if (item->mapped > 0)
		(void) munmap(item, item->mapped);
	else
		give_slot(item);
}

void items_add(struct items *items, struct item *item)
{
	item->next = NULL;
	if (items->last != NULL)
		items->last->next = item;
	else
		items->first = item;
	items->last = item;
}

struct item *items_take(struct items *items, struct item *before)
{
	struct item *item = before == NULL ? items->first : before->next;

	if (before == NULL)
		items->first = item->next;
	else
		before->next = item->next;
	if (items->last == item)
		items->last = before;
	return item;
}

void items_free(struct items *items)
{
	while (items->first != NULL)
		item_free(items_take(items, NULL));
}
