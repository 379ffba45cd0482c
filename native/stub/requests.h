/*
 * What one client has asked and not been answered, in the order it came, and how far it has been sent to the server. No sockets
 * and no clock here: docs/decisions/005-relay-protocol.md, "The server goes" and "Strikes".
 */
#ifndef STUB_REQUESTS_H
#define STUB_REQUESTS_H

#include "item.h"

#define KEPT_MAX 4096
#define KEPT_MAX_BYTES (16u << 20)
#define STRIKES_MAX 2

/* Requests of all clients together. */
struct kept {
	uint32_t count, bytes;
};

struct requests {
	struct items queue;  /* requests until they are answered; data and ATTACH until they are sent */
	struct item *next;   /* the first of the queue that is not sent completely */
	uint32_t data_bytes; /* of data frames */
	struct kept *kept;
};

/* Whether one more request with so many bytes after its header may be kept. */
bool kept_has_room(const struct kept *kept, uint32_t length);
/* A request or data frame has come from the client. */
void requests_add(struct requests *r, struct item *item, int64_t now_ms);
/* What the server is to hear before everything else on a new connection. */
void requests_add_first(struct requests *r, struct item *attach);
/* The bytes of `next` that are still to be sent, with a REPLAY before a request that a server has had; NULL for none. */
const uint8_t *requests_pending(struct requests *r, uint32_t *length, int64_t now_ms);
void requests_sent(struct requests *r, uint32_t bytes);
/* The answer to the oldest request with this stream has come completely; or data of it that is no answer yet; or a mark. */
void requests_answered(struct requests *r, uint32_t stream);
void requests_streamed(struct requests *r, uint32_t stream);
void requests_mark(struct requests *r, uint32_t stream, enum work work);
/* The connection to the server is gone. What is not to be replayed goes to `answers`, as the answer to itself. */
void requests_lost(struct requests *r, struct items *answers);
void requests_free(struct requests *r);

/* Make an item the answer to its own stream. */
void item_answer(struct item *item, enum status_code code, const char *message);

#endif
