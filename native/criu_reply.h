/* What criu says: criu_resp of criu's images/rpc.proto, in protobuf's wire form. Only what we act on is kept. */
#ifndef GANTRY_CRIU_REPLY_H
#define GANTRY_CRIU_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* enum criu_req_type: answers have the type of the request, and notifications their own. */
#define CRIU_NOTIFY 6u

struct criu_reply {
	uint32_t type;
	bool is_success;
	int32_t error;      /* errno, as far as criu knows one; 0 otherwise */
	int32_t pid;        /* of a restored or notified-of root task; 0: not said */
	char script[32];    /* of a notification: what happens now */
	char message[512];
};

/* 0, or -1 for bytes that are no message. Texts are cut to fit. */
int criu_reply_decode(struct criu_reply *reply, const unsigned char *data, size_t length);

#endif
