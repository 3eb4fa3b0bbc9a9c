/* store_verify_bodies.c - bodies: there, whole, and shared as often as counted. */
#include "store/verify.h"

#include <inttypes.h>

/* The greatest that settings allow. */
#define BODY_MAX ((size_t)1 << 30)

/* robots.txt texts are bodies too: each host that has one holds a share of it. */
static enum err count_robots(struct verify *v)
{
	struct store_walk *walk = NULL;
	struct host host;
	enum err err = store_walk_hosts(v->store, &walk);

	host_init(&host);
	while (!err) {
		err = store_walk_host(walk, &host);
		if (err == ERR_CORRUPT || err == ERR_NEWER) {
			err = ERR_OK;
			continue;
		}
		if (!err && !digest_is_none(&host.robots_digest)) {
			struct tally *t = verify_tally(
				&v->bodies, host.robots_digest.bytes, DIGEST_SIZE);

			if (t)
				t->refs++;
			else
				err = ERR_NOMEM;
		}
	}
	host_release(&host);
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Does v->text unpack to what it is named after? */
static enum err check_bytes(struct verify *v, const struct digest *digest,
			    const char *name, bool *whole)
{
	struct digest found;
	enum err err = v->zip ? ERR_OK : zip_new(1, &v->zip);

	buf_clear(&v->body);
	if (!err)
		err = zip_decompress(v->zip, buf_span(&v->text), BODY_MAX, &v->body);
	if (err == ERR_NOMEM)
		return err;
	found = digest_of(buf_span(&v->body));
	*whole = !err && digest_equal(&found, digest);
	if (!*whole)
		verify_differ(v, "body %s: %s", name, err_text(err ? err : ERR_CORRUPT));
	return ERR_OK;
}

/* Its text and the count of its shares; who had one is told at the end. */
static enum err lose_body(struct verify *v, struct tally *t)
{
	struct digest digest;
	enum err err;

	t->lost = v->any_lost = true;
	memcpy(digest.bytes, t->key, DIGEST_SIZE);
	err = mend_drop(v, FAMILY_BODY, span_from(t->key, DIGEST_SIZE));
	return err || !v->mends ? err : store_set_body_refs(v->store, &digest, 0);
}

static enum err check_body(struct verify *v, struct tally *t)
{
	struct digest digest;
	char name[DIGEST_TEXT_SIZE];
	bool found, whole = false;
	uint64_t refs;
	enum err err;

	memcpy(digest.bytes, t->key, DIGEST_SIZE);
	digest_format(&digest, name);
	err = store_body_refs(v->store, &digest, &refs);
	if (err == ERR_CORRUPT)
		verify_differ(v, "body %s: its count is corrupt", name);
	else if (err)
		return err;
	else if (refs != t->refs)
		verify_differ(v,
			      "body %s: %" PRIu64
			      " shares counted, the records have %" PRIu64,
			      name, refs, t->refs);
	if (v->mends && refs != t->refs)
		err = store_set_body_refs(v->store, &digest, t->refs);
	if (err && err != ERR_CORRUPT)
		return err;
	err = verify_read(v, FAMILY_BODY, span_from(t->key, DIGEST_SIZE), &found);
	if (!err && !found)
		verify_differ(v, "body %s: missing", name);
	if (!err && found)
		err = check_bytes(v, &digest, name, &whole);
	return err || whole ? err : lose_body(v, t);
}

/* Bodies and counts of shares that nobody refers to. */
static enum err check_unused_bodies(struct verify *v)
{
	struct store_walk *walk = NULL;
	char name[DIGEST_TEXT_SIZE];
	struct span key, value;
	struct digest digest;
	struct tally *t;
	enum err err = store_walk_new(v->store, FAMILY_BODY, SPAN(""), SPAN(""), &walk);

	while (!err && !(err = verify_next(v, walk, "bodies", &key, &value))) {
		if (key.len < DIGEST_SIZE) {
			verify_differ(v, "a key of %zu bytes stands among the bodies",
				      key.len);
			err = mend_drop(v, FAMILY_BODY, key);
			continue;
		}
		memcpy(digest.bytes, key.data, DIGEST_SIZE);
		HASH_FIND(hh, v->bodies, digest.bytes, DIGEST_SIZE, t);
		digest_format(&digest, name);
		if (t)
			continue;
		verify_differ(v, "body %s: its %s is stored, but no record uses it", name,
			      key.len == DIGEST_SIZE ? "text" : "count");
		err = mend_drop(v, FAMILY_BODY, key);
	}
	store_walk_end(walk);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err verify_bodies(struct verify *v)
{
	struct tally *t, *next;
	enum err err = count_robots(v);

	HASH_ITER(hh, v->bodies, t, next)
	{
		if (!err)
			err = check_body(v, t);
	}
	if (!err)
		err = check_unused_bodies(v);
	return err ? err : mend_lost_bodies(v);
}
