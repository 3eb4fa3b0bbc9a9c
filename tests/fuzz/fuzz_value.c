/* fuzz_value.c - the text of a flag or setting, read as every kind there is. */
#include "tests/fuzz/fuzz.h"

#include "crawler/address.h"
#include "tools/value.h"

FUZZ_TARGET(value)
{
	struct address_net net;
	struct why why = { "" };

	for (int k = 0; k < VALUE_KINDS; k++) {
		enum value_kind kind = (enum value_kind)k;
		struct span rest = input, item;
		size_t n = 0;

		while (value_next_item(kind, &rest, &item)) {
			struct value value;
			enum err err;

			why.text[0] = '\0';
			err = value_parse(kind,
					  kind == VALUE_CHOICES || kind == VALUE_CHOICE
						  ? "auto|always|never"
						  : "",
					  item, &value, &why);
			FUZZ_REQUIRE(!err || why.text[0]);
			FUZZ_REQUIRE(n++ <= input.len);
		}
	}
	if (!address_net_parse(input, &net, &why))
		FUZZ_REQUIRE(net.n_bits <= 128);
}
