/*
 * warc.h - one WARC 1.1 record as bytes (ISO 28500:2017, here "the standard").
 *
 * Pure: no file, no clock. Whatever a URL or a response holds, a header field is one line
 * (REQ 75), and every length is that of what follows.
 */
#ifndef TOOLS_WARC_H
#define TOOLS_WARC_H

#include <stdint.h>

#include "store/base/buf.h"

enum warc_type {
	WARC_INFO,
	WARC_REQUEST,
	WARC_RESPONSE,
	WARC_REVISIT,
	WARC_RESOURCE,
	WARC_METADATA,
	WARC_OTHER, /* only read: conversion, continuation, ... */
};

/* "warcinfo", "request", ...: static. */
const char *warc_type_text(enum warc_type type);

#define WARC_HTTP_REQUEST "application/http;msgtype=request"
#define WARC_HTTP_RESPONSE "application/http;msgtype=response"
#define WARC_PROFILE_NOT_MODIFIED \
	"http://netpreserve.org/warc/1.1/revisit/server-not-modified"
#define WARC_PROFILE_SAME_PAYLOAD \
	"http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"

/* "<urn:uuid:...>", at random. */
#define WARC_ID_SIZE 48
MUST_CHECK enum err warc_make_id(char id[WARC_ID_SIZE]);

/* "sha1:" and base32, as every archive writes it; `more` continues `bytes`. */
#define WARC_DIGEST_SIZE (5 + 32 + 1)
MUST_CHECK enum err warc_digest(struct span bytes, struct span more,
				char text[WARC_DIGEST_SIZE]);

/* Appends "name: value" and CRLF; an octet that would end the line becomes a space. */
MUST_CHECK enum err warc_field(struct buf *fields, const char *name, struct span value);

/* All borrowed. */
struct warc_record {
	enum warc_type type;
	char id[WARC_ID_SIZE];
	int64_t at_ms;
	struct span uri;          /* of the target; empty: none */
	struct span fields;       /* more lines, each by warc_field() */
	struct span content_type; /* of the block */
	struct span head, body;   /* the block: one behind the other */
	bool has_payload;         /* `body` is one, and its digest is told ... */
	char payload_digest[WARC_DIGEST_SIZE]; /* ... and set, where it is empty */
};

/* Appends version, fields and the empty line; block and end are the caller's. */
MUST_CHECK enum err warc_append_header(struct buf *out, struct warc_record *record);
#define WARC_RECORD_END "\r\n\r\n"

/* Writes records as gzip members of their own (annex D), with memory worth keeping: one
 * per thread. */
struct warc_packer;
/* `level` is zlib's. */
MUST_CHECK enum err warc_packer_new(int level, struct warc_packer **packer);
void warc_packer_free(struct warc_packer *packer); /* NULL is allowed */
/* Appends the record that begins a file: what wrote it. `filename` and `user_agent` may be
 * empty. */
MUST_CHECK enum err warc_info_pack(struct warc_packer *packer, struct span filename,
				   struct span user_agent, int64_t now_ms,
				   struct buf *out);
/* Appends the whole record as one member. */
MUST_CHECK enum err warc_pack(struct warc_packer *packer, struct warc_record *record,
			      struct buf *out);

#endif
