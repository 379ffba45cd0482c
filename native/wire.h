/*
 * Reading the little-endian form that docs/plan-format.md describes. A reader remembers the first thing that was
 * wrong; after that every read gives zero or "", so that a decoder can read all fields and look once at the end.
 */
#ifndef GANTRY_WIRE_H
#define GANTRY_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan.h"

struct wire {
	const unsigned char *at;
	const unsigned char *end;
	struct plan_chunk **chunks; /* where lists are allocated */
	const char *bad;            /* name of the first bad field, or NULL */
};

bool wire_bool(struct wire *w, const char *field);
uint8_t wire_u8(struct wire *w, const char *field);
uint16_t wire_u16(struct wire *w, const char *field);
uint32_t wire_u32(struct wire *w, const char *field);
uint64_t wire_u64(struct wire *w, const char *field);
int32_t wire_i32(struct wire *w, const char *field);
int64_t wire_i64(struct wire *w, const char *field);
const char *wire_str(struct wire *w, const char *field);
struct bytes wire_bytes(struct wire *w, const char *field);
struct strings wire_strings(struct wire *w, const char *field);
struct u32s wire_u32s(struct wire *w, const char *field);
struct u64s wire_u64s(struct wire *w, const char *field);

/*
 * Read the count of a list and allocate `item_size` bytes for each item. `item_bytes` is the least an item takes on the
 * wire, so a count that the rest cannot hold is refused before anything is allocated.
 */
void *wire_list(struct wire *w, const char *field, size_t item_bytes, size_t item_size, uint32_t *count);

/* Mark `field` as bad unless an earlier one is. */
void wire_refuse(struct wire *w, const char *field);

/* Free everything allocated into `*chunks`. */
void wire_free(struct plan_chunk **chunks);

#endif
