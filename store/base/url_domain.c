/* url_registrable_domain(): the one place that knows the public suffix list. */
#include <libpsl.h>

#include "store/base/url_address.h"

/* The longest name that the DNS has, written without its root dot. */
#define DOMAIN_MAX 253

struct span url_registrable_domain(struct span host)
{
	struct span name = host;
	char copy[DOMAIN_MAX + 1];
	const char *domain;

	if (name.len && name.data[name.len - 1] == '.')
		name.len--;
	if (!name.len || name.len > DOMAIN_MAX || name.data[0] == '[' ||
	    url_ends_in_number(name))
		return host;
	memcpy(copy, name.data, name.len);
	copy[name.len] = '\0';
	/* Constant data inside of libpsl: nothing to load, to free or to lock. */
	domain = psl_registrable_domain(psl_builtin(), copy);
	if (!domain)
		return host;
	return span_from(name.data + (domain - copy), name.len - (size_t)(domain - copy));
}
