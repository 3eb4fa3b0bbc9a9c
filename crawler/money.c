#include "crawler/money.h"

#include "crawler/text.h"

#define NEAR 4 /* bytes: "US$ 5", "5 %" */

/* Of one character each; the last byte of U+20A0 to U+20CF, euro and rupee among them, is
 * any. */
static const struct span signs[] = {
	{ "$", 1 },      { "%", 1 },      { "\u00A2", 2 },   { "\u00A3", 2 },
	{ "\u00A4", 2 }, { "\u00A5", 2 }, { "\xE2\x82", 2 }, { "\u0E3F", 3 },
	{ "\uFFE5", 3 }, { "\u5186", 3 }, { "\u5143", 3 },   { "\uC6D0", 3 },
};

/* Words, of ASCII in any case; a letter may not stand next to them. No PHP: that is a language
 * with versions. */
static const char *const words[] = {
	"EUR",
	"USD",
	"GBP",
	"CHF",
	"JPY",
	"CNY",
	"RMB",
	"INR",
	"RUB",
	"UAH",
	"PLN",
	"CZK",
	"HUF",
	"SEK",
	"NOK",
	"DKK",
	"ISK",
	"RON",
	"BGN",
	"TRY",
	"BRL",
	"MXN",
	"ARS",
	"CLP",
	"COP",
	"CAD",
	"AUD",
	"NZD",
	"HKD",
	"SGD",
	"TWD",
	"KRW",
	"THB",
	"IDR",
	"MYR",
	"VND",
	"ZAR",
	"ILS",
	"AED",
	"SAR",
	"BTC",
	"Rs",
	"Fr",
	"Fr.",
	"SFr.",
	"kr",
	"z\u0142",
	"K\u010D",
	"Ft",
	"lei",
	"TL",
	"lv",
	"euro",
	"euros",
	"cent",
	"cents",
	"dollar",
	"dollars",
	"pounds",
	"francs",
	"percent",
	"Prozent",
	"\u0440\u0443\u0431",
	"\u0440\u0443\u0431\u043B\u0435\u0439",
	"\u0433\u0440\u043D",
};

static bool has_sign(struct span near)
{
	for (size_t i = 0; i < near.len; i++)
		for (size_t s = 0; s < ARRAY_SIZE(signs); s++)
			if (span_starts_with(span_from(near.data + i, near.len - i),
					     signs[s]))
				return true;
	return false;
}

static bool is_ascii_letter(char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 26;
}

static bool ends_in_word(struct span before)
{
	while (before.len &&
	       (before.data[before.len - 1] == ' ' || before.data[before.len - 1] == '.'))
		before.len--;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		struct span word = span_of(words[i]);
		size_t from = before.len - word.len;

		if (before.len >= word.len &&
		    span_equal_nocase(span_from(before.data + from, word.len), word) &&
		    (!from || !text_is_word_byte(before.data[from - 1])))
			return true;
	}
	return false;
}

static bool starts_with_word(struct span behind)
{
	if (behind.len && behind.data[0] == ' ')
		behind = span_from(behind.data + 1, behind.len - 1);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		struct span word = span_of(words[i]);

		if (behind.len >= word.len &&
		    span_equal_nocase(span_from(behind.data, word.len), word) &&
		    (behind.len == word.len || !is_ascii_letter(behind.data[word.len])))
			return true;
	}
	return false;
}

bool money_is_amount(struct span block, size_t at, size_t len)
{
	size_t from = at > NEAR ? at - NEAR : 0, end = at + len;
	struct span behind = span_from(block.data + end, block.len - end);
	struct span near = behind;

	if (near.len > NEAR)
		near.len = NEAR;
	return has_sign(span_from(block.data + from, at - from)) || has_sign(near) ||
	       ends_in_word(span_from(block.data, at)) || starts_with_word(behind);
}
