#include "crawler/robots.h"

#include <stdlib.h>

#include "crawler/field.h"
#include "crawler/robots_pattern.h"
#include "store/base/clock.h"

/* Octets looked at for one target. One costs 1 ns, in the worst file that was found 4 ns,
 * so a target takes 50 ms at most; 2000 wildcard rules and 4000 octets need 8 million. */
#define MATCH_WORK INT64_C(12000000)

/* Which groups a line stands in, as far as they matter to us. */
#define GROUP_NAMED 1u /* one that names our token */
#define GROUP_STAR 2u

struct rule {
	uint32_t pattern_at, pattern_len; /* normalised, in robots.text */
	uint32_t text_at, text_len;       /* as written, there too */
	uint32_t line;
	unsigned groups;
	bool allows;
};

struct robots {
	struct buf text;
	struct rule *rules; /* the one that goes first stands first */
	size_t n_rules, cap_rules;
	struct buf sitemaps;
	int64_t crawl_delay_ms;
};

struct parser {
	struct robots *robots;
	struct span token;
	uint32_t line;
	unsigned groups; /* of the group being read */
	bool in_rules;   /* the next User-agent starts a new group */
	bool named;      /* a group for our token exists, maybe without rules */
	int64_t named_delay_ms, star_delay_ms;
};

/* ---- lines ------------------------------------------------------------------------ */

struct span robots_product_token(struct span agent)
{
	size_t len = 0;

	for (; len < agent.len; len++) {
		unsigned char c = (unsigned char)agent.data[len];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
		      c == '_'))
			break;
	}
	return span_from(agent.data, len);
}

/* A byte order mark, or as much of one as a careless editor left. */
static struct span skip_bom(struct span body)
{
	struct span bom = SPAN("\xEF\xBB\xBF");

	while (body.len && bom.len && body.data[0] == bom.data[0]) {
		body = field_skip(body, 1);
		bom = field_skip(bom, 1);
	}
	return body;
}

static bool is_line_end(char c)
{
	return c == '\n' || c == '\r';
}

/* A rule that was cut short would say something else, so half a line is no line. */
static struct span cut_to_size(struct span body)
{
	if (body.len <= ROBOTS_MAX_BYTES)
		return body;
	body.len = ROBOTS_MAX_BYTES;
	while (body.len && !is_line_end(body.data[body.len - 1]))
		body.len--;
	return body;
}

static struct span cut_line(struct span *rest)
{
	struct span line = { rest->data, 0 };
	size_t used;

	while (line.len < rest->len && !is_line_end(rest->data[line.len]))
		line.len++;
	used = line.len + (line.len < rest->len);
	if (used < rest->len && rest->data[used - 1] == '\r' && rest->data[used] == '\n')
		used++;
	*rest = field_skip(*rest, used);
	return line;
}

/* ---- what the lines say ----------------------------------------------------------- */

static void read_user_agent(struct parser *p, struct span value)
{
	if (p->in_rules)
		p->groups = 0;
	p->in_rules = false;
	if (value.len && value.data[0] == '*' &&
	    span_trim(field_skip(value, 1)).len == 0) {
		p->groups |= GROUP_STAR;
	} else if (p->token.len &&
		   span_equal_nocase(robots_product_token(value), p->token)) {
		p->groups |= GROUP_NAMED;
		p->named = true;
	}
}

static enum err make_room_for_rule(struct robots *r)
{
	size_t cap = r->cap_rules ? r->cap_rules * 2 : 16;
	struct rule *rules;

	if (r->n_rules < r->cap_rules)
		return ERR_OK;
	rules = realloc(r->rules, cap * sizeof(*rules));
	if (!rules)
		return ERR_NOMEM;
	r->rules = rules;
	r->cap_rules = cap;
	return ERR_OK;
}

static enum err add_rule(struct robots *r, struct rule rule, struct span pattern,
			 struct span text)
{
	enum err err = make_room_for_rule(r);

	if (!err)
		err = buf_reserve(&r->text,
				  pattern.len * ROBOTS_NORMALISED_GROWTH + text.len);
	if (err)
		return err;
	rule.pattern_at = (uint32_t)r->text.len;
	rule.pattern_len = (uint32_t)robots_normalise(pattern, ROBOTS_PATTERN,
						      r->text.data + r->text.len);
	r->text.len += rule.pattern_len;
	rule.text_at = (uint32_t)r->text.len;
	rule.text_len = (uint32_t)text.len;
	err = buf_append_span(&r->text, text);
	if (!err)
		r->rules[r->n_rules++] = rule;
	return err;
}

static enum err read_rule(struct parser *p, bool allows, struct span value,
			  struct span text)
{
	struct rule rule = { .line = p->line, .groups = p->groups, .allows = allows };

	p->in_rules = true;
	if (!p->groups || !value.len) /* not ours; or matches nothing (REQ 47) */
		return ERR_OK;
	return add_rule(p->robots, rule, value, text);
}

static bool parse_delay(struct span text, int64_t *delay_ms)
{
	struct span whole = span_cut(&text, '.');
	int64_t seconds, ms = 0, scale = 100;

	if (!field_parse_number(whole, &seconds))
		return false;
	for (size_t i = 0; i < text.len; i++, scale /= 10) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		ms += (text.data[i] - '0') * scale;
	}
	if (seconds >= ROBOTS_MAX_DELAY_MS / MS_PER_SECOND)
		*delay_ms = ROBOTS_MAX_DELAY_MS;
	else
		*delay_ms = seconds * MS_PER_SECOND + ms;
	return true;
}

static void read_crawl_delay(struct parser *p, struct span value)
{
	int64_t delay_ms;

	if (!parse_delay(value, &delay_ms))
		return;
	if ((p->groups & GROUP_NAMED) && delay_ms > p->named_delay_ms)
		p->named_delay_ms = delay_ms;
	if ((p->groups & GROUP_STAR) && delay_ms > p->star_delay_ms)
		p->star_delay_ms = delay_ms;
}

static enum err read_sitemap(struct parser *p, struct span value)
{
	struct buf *sitemaps = &p->robots->sitemaps;

	if (!value.len)
		return ERR_OK;
	return buf_printf(sitemaps, "%.*s\n", (int)value.len, value.data);
}

static enum err read_line(struct parser *p, struct span line)
{
	struct span text = span_trim(span_cut(&line, '#'));
	struct span value = text;
	struct span key = span_trim(span_cut(&value, ':'));

	value = span_trim(value);
	if (span_equal_nocase(key, SPAN("allow")))
		return read_rule(p, true, value, text);
	if (span_equal_nocase(key, SPAN("disallow")))
		return read_rule(p, false, value, text);
	if (span_equal_nocase(key, SPAN("sitemap")))
		return read_sitemap(p, value);
	if (span_equal_nocase(key, SPAN("crawl-delay")))
		read_crawl_delay(p, value);
	else if (span_equal_nocase(key, SPAN("user-agent")) && key.len < text.len)
		read_user_agent(p, value);
	return ERR_OK;
}

/* ---- the whole file --------------------------------------------------------------- */

/* The longest pattern first; among equals those that allow (2.2.2), then the first. */
static int compare_rules(const void *left, const void *right)
{
	const struct rule *a = left, *b = right;

	if (a->pattern_len != b->pattern_len)
		return a->pattern_len > b->pattern_len ? -1 : 1;
	if (a->allows != b->allows)
		return a->allows ? -1 : 1;
	return a->line < b->line ? -1 : 1;
}

/* Keeps the rules of the groups that count, in the order in which they are tried. */
static void finish(struct parser *p)
{
	struct robots *r = p->robots;
	unsigned counts = p->named ? GROUP_NAMED : GROUP_STAR;
	size_t n_kept = 0;

	for (size_t i = 0; i < r->n_rules; i++) {
		if (r->rules[i].groups & counts)
			r->rules[n_kept++] = r->rules[i];
	}
	r->n_rules = n_kept;
	if (n_kept)
		qsort(r->rules, n_kept, sizeof(*r->rules), compare_rules);
	r->crawl_delay_ms = p->named ? p->named_delay_ms : p->star_delay_ms;
}

enum err robots_parse(struct span body, struct span agent, struct robots **robots)
{
	struct parser p = { .token = robots_product_token(agent) };
	struct span rest = skip_bom(cut_to_size(body));
	enum err err = ERR_OK;

	p.robots = calloc(1, sizeof(*p.robots));
	if (!p.robots)
		return ERR_NOMEM;
	while (!err && rest.len) {
		p.line++;
		err = read_line(&p, cut_line(&rest));
	}
	if (err) {
		robots_free(p.robots);
		return err;
	}
	finish(&p);
	*robots = p.robots;
	return ERR_OK;
}

void robots_free(struct robots *robots)
{
	if (!robots)
		return;
	free(robots->rules);
	buf_release(&robots->text);
	buf_release(&robots->sitemaps);
	free(robots);
}

int64_t robots_crawl_delay_ms(const struct robots *robots)
{
	return robots->crawl_delay_ms;
}

struct span robots_sitemaps(const struct robots *robots)
{
	return buf_span(&robots->sitemaps);
}

size_t robots_n_rules(const struct robots *robots)
{
	return robots->n_rules;
}

struct span robots_target(struct span url)
{
	struct span rest = { url.data, span_find(url, '#') };
	const char *authority = rest.len ? memmem(rest.data, rest.len, "://", 3) : NULL;

	if (authority)
		rest = field_skip(rest, (size_t)(authority + 3 - rest.data));
	while (rest.len && rest.data[0] != '/' && rest.data[0] != '?')
		rest = field_skip(rest, 1);
	return rest.len ? rest : SPAN("/");
}

static struct robots_match decided_by(const struct robots *r, const struct rule *rule)
{
	struct span text = { r->text.data + rule->text_at, rule->text_len };

	return (struct robots_match){ rule->allows, rule->line, text };
}

static struct robots_match find_match(const struct robots *r, struct span target)
{
	int64_t work = MATCH_WORK;

	for (size_t i = 0; i < r->n_rules; i++) {
		const struct rule *rule = &r->rules[i];
		struct span pattern = { r->text.data + rule->pattern_at,
					rule->pattern_len };

		if (robots_pattern_matches(pattern, target, &work))
			return decided_by(r, rule);
		if (work < 0)
			return (struct robots_match){ false, 0,
						      SPAN("rules too costly to match") };
	}
	return (struct robots_match){ true, 0, SPAN("") };
}

enum err robots_match(const struct robots *robots, struct span target,
		      struct robots_match *match)
{
	struct buf normal = BUF_INIT;
	enum err err;

	if (span_equal(target, SPAN("/robots.txt"))) {
		*match = (struct robots_match){ true, 0, SPAN("") };
		return ERR_OK;
	}
	err = buf_reserve(&normal, target.len * ROBOTS_NORMALISED_GROWTH);
	if (!err) {
		normal.len = robots_normalise(target, ROBOTS_TARGET, normal.data);
		*match = find_match(robots, buf_span(&normal));
	}
	buf_release(&normal);
	return err;
}
