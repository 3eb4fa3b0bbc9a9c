/*
 * contact.h - how the crawler names itself, and whom to complain to.
 */
#ifndef TOOLS_CONTACT_H
#define TOOLS_CONTACT_H

#include "tools/settings.h"

/* "freshet/0.1.0 (+https://example.org/bot)" (REQ 2): bot.name, the version, and bot.url,
 * else bot.from, else nothing in parentheses. */
MUST_CHECK enum err contact_user_agent(const struct settings *settings,
				       struct buf *user_agent);

/* By bot.url or bot.from: then every host may be crawled. */
bool contact_is_given(const struct settings *settings);

/* May `host` ("example.org", with or without scheme and port) be crawled by these
 * settings? ERR_INVALID unless it is loopback or bot.url or bot.from is set; `why` tells
 * what to do. */
MUST_CHECK enum err contact_check(const struct settings *settings, struct span host,
				  struct why *why);

#endif
