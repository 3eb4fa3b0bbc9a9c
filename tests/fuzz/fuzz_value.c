/* fuzz_value.c - the text of a flag or setting, read as every kind there is. */
#include "tests/fuzz/fuzz.h"

#include "crawler/address.h"
#include "tools/value.h"

static void parse(enum value_kind kind, struct span text)
{
	bool chooses = kind == VALUE_CHOICES || kind == VALUE_CHOICE;
	struct why why = { "" };
	struct value value;
	enum err err =
		value_parse(kind, chooses ? "auto|always|never" : "", text, &value, &why);

	FUZZ_REQUIRE(!err || why.text[0]);
}

FUZZ_PASSES(value, VALUE_KINDS)

FUZZ_TARGET(value)
{
	struct address_net net;
	struct why why = { "" };

	for (int k = 0; k < VALUE_KINDS; k++) {
		enum value_kind kind = (enum value_kind)k;
		struct span rest = input, item;
		size_t n = 0;

		if (!value_is_list(kind))
			parse(kind, input);
		while (value_is_list(kind) && value_next_item(kind, &rest, &item)) {
			FUZZ_REQUIRE(n++ <= input.len);
			parse(kind, item);
		}
	}
	if (!address_net_parse(input, &net, &why))
		FUZZ_REQUIRE(net.n_bits <= 128);
}
