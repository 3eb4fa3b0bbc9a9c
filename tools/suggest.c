#include "tools/suggest.h"

#include <stdbool.h>
#include <stdio.h>

/* No word of ours is longer; a longer wrong one is no slip of the finger. */
#define WORD_MAX 48

/* One more than a third of its letters wrong, and it was another word. */
#define NEAR(len) ((len) / 3 + 1)

struct suggestion suggest_start(struct span wrong)
{
	return (struct suggestion){ wrong, NULL, NEAR(wrong.len) + 1 };
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Damerau-Levenshtein with adjacent swaps ("optimal string alignment"). */
static size_t edit_distance(struct span a, struct span b)
{
	size_t rows[3][WORD_MAX + 1];

	for (size_t j = 0; j <= b.len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3];
		const size_t *two_above = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			bool differs = a.data[i - 1] != b.data[j - 1];

			row[j] = least(above[j - 1] + differs,
				       least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2] &&
			    a.data[i - 2] == b.data[j - 1])
				row[j] = least(row[j], two_above[j - 2] + 1);
		}
	}
	return rows[a.len % 3][b.len];
}

void suggest_offer(struct suggestion *s, const char *word)
{
	struct span offered = span_of(word);
	size_t distance;

	if (s->wrong.len > WORD_MAX || offered.len > WORD_MAX)
		return;
	distance = edit_distance(s->wrong, offered);
	if (distance >= s->distance || distance >= offered.len)
		return;
	s->best = word;
	s->distance = distance;
}

void suggest_text(const struct suggestion *s, const char *before,
		  char text[SUGGEST_TEXT_SIZE])
{
	text[0] = '\0';
	if (s->best)
		snprintf(text, SUGGEST_TEXT_SIZE, " (did you mean '%s%s'?)", before,
			 s->best);
}
