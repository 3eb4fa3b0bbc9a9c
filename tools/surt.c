#include "tools/surt.h"

#include <stdlib.h>

#include "store/base/url.h"

#define PARAMETERS_MAX 1024 /* with more of them the query stays as it is */

/* "www." or "www3." */
static struct span without_www(struct span host)
{
	size_t n = 3;

	if (!span_starts_with(host, SPAN("www")))
		return host;
	while (n < host.len && host.data[n] >= '0' && host.data[n] <= '9')
		n++;
	if (n + 1 >= host.len || host.data[n] != '.')
		return host;
	return span_from(host.data + n + 1, host.len - n - 1);
}

static enum err append_host(struct buf *out, struct span host)
{
	enum err err = ERR_OK;

	if (host.len && host.data[0] == '[')
		return buf_append_span(out, host);
	while (!err && host.len) {
		size_t dot = host.len;

		while (dot && host.data[dot - 1] != '.')
			dot--;
		err = buf_append(out, host.data + dot, host.len - dot);
		host.len = dot ? dot - 1 : 0;
		if (!err && host.len)
			err = buf_append_byte(out, ',');
	}
	return err;
}

static int compare_parameters(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	size_t len = x->len < y->len ? x->len : y->len;
	int order = len ? memcmp(x->data, y->data, len) : 0;

	return order ? order : (x->len > y->len) - (x->len < y->len);
}

static enum err append_query(struct buf *out, struct span query)
{
	struct span parameters[PARAMETERS_MAX], rest = query;
	enum err err = buf_append_byte(out, '?');
	size_t n = 0;

	while (rest.len && n < PARAMETERS_MAX)
		parameters[n++] = span_cut(&rest, '&');
	if (err || rest.len)
		return err ? err : buf_append_span(out, query);
	qsort(parameters, n, sizeof(*parameters), compare_parameters);
	for (size_t i = 0; !err && i < n; i++) {
		if (i)
			err = buf_append_byte(out, '&');
		if (!err)
			err = buf_append_span(out, parameters[i]);
	}
	return err;
}

static enum err append_target(struct buf *out, struct span target)
{
	struct span path = span_cut(&target, '?');
	enum err err;

	if (path.len > 1 && path.data[path.len - 1] == '/')
		path.len--;
	err = buf_append_span(out, path);
	return err || !target.len ? err : append_query(out, target);
}

static void make_lower(char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] >= 'A' && text[i] <= 'Z')
			text[i] |= 0x20;
}

/* Lower case comes before the parameters are put in order. */
static enum err append_key(struct buf *out, struct span url)
{
	struct url_parts parts;
	enum err err = url_split(url, &parts);

	if (!err)
		err = append_host(out, without_www(parts.host));
	if (!err && parts.authority.len > parts.host.len)
		err = buf_append(out, parts.authority.data + parts.host.len,
				 parts.authority.len - parts.host.len);
	if (!err)
		err = buf_append_byte(out, ')');
	return err ? err : append_target(out, parts.target);
}

enum err surt_append(struct buf *out, struct span url)
{
	struct buf lower = BUF_INIT;
	enum err err = buf_set(&lower, url);

	if (!err) {
		make_lower(lower.data, lower.len);
		err = append_key(out, buf_span(&lower));
	}
	buf_release(&lower);
	return err;
}
