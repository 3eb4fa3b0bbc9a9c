#include "tools/query.h"

#include <stdlib.h>

static enum err add_word(struct query *query, struct span a, struct span b)
{
	char *word = malloc(a.len + b.len + 1);

	if (!word)
		return ERR_NOMEM;
	if (a.len)
		memcpy(word, a.data, a.len);
	if (b.len)
		memcpy(word + a.len, b.data, b.len);
	word[a.len + b.len] = '\0';
	query->words[query->n_words++] = word;
	return ERR_OK;
}

/* "all", "all=1", "all=yes" set a flag without value; "all=0", "all=no" do not. */
static enum err add_bool(struct query *query, const struct query_pair *pair,
			 struct why *why)
{
	static const char *const yes[] = { "", "1", "yes", "true" };
	static const char *const no[] = { "0", "no", "false" };

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		if (span_equal(pair->value, span_of(yes[i])))
			return add_word(query, SPAN("--"), pair->name);
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		if (span_equal(pair->value, span_of(no[i])))
			return ERR_OK;
	return why_set(why, ERR_INVALID, "%.*s: expected yes or no", (int)pair->name.len,
		       pair->name.data);
}

static enum err add_flag(struct query *query, const struct query_pair *pair,
			 struct why *why)
{
	const struct flag_row *flag =
		flag_find(command_find(span_of(query->words[1])), pair->name);
	struct buf name = BUF_INIT;
	enum err err;

	if (flag_kind(flag) == VALUE_BOOL)
		return add_bool(query, pair, why);
	err = buf_printf(&name, "--%s=", flag->name);
	if (!err)
		err = add_word(query, buf_span(&name), pair->value);
	buf_release(&name);
	return err;
}

static bool is_listed(const struct query_form *form, struct span name)
{
	struct span rest = span_of(form->flags);

	while (rest.len)
		if (span_equal(span_cut(&rest, '|'), name))
			return true;
	return false;
}

static enum err check_pair(const struct query_form *form, const struct query_pair *pair,
			   struct why *why)
{
	bool is_argument =
		form->argument && span_equal(pair->name, span_of(form->argument));

	if (span_find(pair->value, '\0') < pair->value.len)
		return why_set(why, ERR_INVALID, "a parameter holds a NUL");
	if (!is_argument && !is_listed(form, pair->name))
		return why_set(why, ERR_INVALID, "unknown parameter '%.*s'",
			       (int)(pair->name.len < 60 ? pair->name.len : 60),
			       pair->name.data);
	return ERR_OK;
}

static enum err add_flags(struct query *query, const struct query_form *form,
			  const struct query_pair *pairs, size_t n,
			  const struct query_pair **argument, struct why *why)
{
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < n; i++) {
		err = check_pair(form, &pairs[i], why);
		if (err)
			break;
		if (form->argument && span_equal(pairs[i].name, span_of(form->argument)))
			*argument = &pairs[i];
		else
			err = add_flag(query, &pairs[i], why);
	}
	return err;
}

enum err query_parse(struct query *query, const struct query_form *form,
		     const struct query_pair *pairs, size_t n, struct why *why)
{
	const struct query_pair *argument = NULL;
	enum err err;

	*query = (struct query){ .n_words = 0 };
	if (!form->command)
		return ERR_OK;
	if (n > QUERY_PAIRS_MAX)
		return why_set(why, ERR_INVALID, "too many parameters");
	err = add_word(query, SPAN("freshet"), SPAN(""));
	if (!err)
		err = add_word(query, span_of(form->command), SPAN(""));
	if (!err)
		err = add_flags(query, form, pairs, n, &argument, why);
	if (!err && argument)
		err = add_word(query, SPAN("--"), SPAN(""));
	if (!err && argument)
		err = add_word(query, argument->value, SPAN(""));
	if (err)
		return err;
	return options_parse(query->n_words, (const char *const *)query->words,
			     &query->options, why);
}

void query_release(struct query *query)
{
	options_release(&query->options);
	for (int i = 0; i < query->n_words; i++)
		free(query->words[i]);
	query->n_words = 0;
}
