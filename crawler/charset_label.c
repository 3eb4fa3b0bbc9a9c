#include "crawler/charset.h"

#define DECLARED_WITHIN 1024 /* HTML 13.2.3.2 */

/* WHATWG Encoding 4.2. Superset encodings stand in for the old names, as in browsers.
 * The ISO-2022-CN, ISO-2022-KR and HZ families are left out on purpose: the standard
 * refuses them, and their decoders have been a source of memory errors. */
static const struct {
	const char *iconv_name, *labels;
} encodings[] = {
	{ "UTF-8", "utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 "
		   "x-unicode20utf8" },
	{ "CP1252",
	  "windows-1252 iso-8859-1 latin1 ascii us-ascii cp1252 cp819 ibm819 l1 iso8859-1 "
	  "iso88591 iso_8859-1 iso_8859-1:1987 iso-ir-100 csisolatin1 ansi_x3.4-1968 "
	  "x-cp1252" },
	{ "ISO-8859-2",
	  "iso-8859-2 latin2 l2 iso8859-2 iso88592 iso_8859-2 csisolatin2" },
	{ "ISO-8859-3",
	  "iso-8859-3 latin3 l3 iso8859-3 iso88593 iso_8859-3 csisolatin3" },
	{ "ISO-8859-4",
	  "iso-8859-4 latin4 l4 iso8859-4 iso88594 iso_8859-4 csisolatin4" },
	{ "ISO-8859-5",
	  "iso-8859-5 cyrillic iso8859-5 iso88595 iso_8859-5 csisolatincyrillic" },
	{ "ISO-8859-6",
	  "iso-8859-6 arabic asmo-708 ecma-114 iso8859-6 iso88596 iso_8859-6 "
	  "iso-8859-6-e iso-8859-6-i csisolatinarabic" },
	{ "ISO-8859-7", "iso-8859-7 greek greek8 ecma-118 elot_928 iso8859-7 iso88597 "
			"iso_8859-7 sun_eu_greek csisolatingreek" },
	{ "ISO-8859-8", "iso-8859-8 hebrew visual iso8859-8 iso88598 iso_8859-8 "
			"iso-8859-8-e iso-8859-8-i logical csisolatinhebrew" },
	{ "ISO-8859-10", "iso-8859-10 latin6 l6 iso8859-10 iso885910 csisolatin6" },
	{ "ISO-8859-13", "iso-8859-13 iso8859-13 iso885913" },
	{ "ISO-8859-14", "iso-8859-14 iso8859-14 iso885914" },
	{ "ISO-8859-15", "iso-8859-15 latin9 l9 iso8859-15 iso885915 iso_8859-15 "
			 "csisolatin9" },
	{ "ISO-8859-16", "iso-8859-16" },
	{ "IBM866", "ibm866 866 cp866 csibm866" },
	{ "KOI8-R", "koi8-r koi koi8 koi8_r cskoi8r" },
	{ "KOI8-U", "koi8-u koi8-ru" },
	{ "MACINTOSH", "macintosh mac x-mac-roman csmacintosh" },
	{ "MAC-CYRILLIC", "x-mac-cyrillic x-mac-ukrainian" },
	{ "CP874", "windows-874 dos-874 tis-620 iso-8859-11 iso8859-11 iso885911" },
	{ "CP1250", "windows-1250 cp1250 x-cp1250" },
	{ "CP1251", "windows-1251 cp1251 x-cp1251" },
	{ "CP1253", "windows-1253 cp1253 x-cp1253" },
	{ "CP1254",
	  "windows-1254 cp1254 x-cp1254 iso-8859-9 latin5 l5 iso8859-9 iso88599 "
	  "iso_8859-9 csisolatin5" },
	{ "CP1255", "windows-1255 cp1255 x-cp1255" },
	{ "CP1256", "windows-1256 cp1256 x-cp1256" },
	{ "CP1257", "windows-1257 cp1257 x-cp1257" },
	{ "CP1258", "windows-1258 cp1258 x-cp1258" },
	{ "GB18030", "gbk gb18030 gb2312 gb_2312 gb_2312-80 chinese csgb2312 x-gbk "
		     "csiso58gb231280 iso-ir-58" },
	{ "BIG5-HKSCS", "big5 big5-hkscs cn-big5 x-x-big5 csbig5" },
	{ "EUC-JP", "euc-jp x-euc-jp cseucpkdfmtjapanese" },
	{ "ISO-2022-JP", "iso-2022-jp csiso2022jp" },
	{ "CP932",
	  "shift_jis shift-jis sjis ms_kanji ms932 windows-31j x-sjis csshiftjis" },
	{ "CP949", "euc-kr korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 "
		   "windows-949 cseuckr csksc56011987 iso-ir-149" },
	{ "UTF-16BE", "utf-16be unicodefffe" },
	{ "UTF-16LE",
	  "utf-16le utf-16 ucs-2 unicode unicodefeff iso-10646-ucs-2 csunicode" },
};

const char *charset_iconv_name(struct span label)
{
	label = span_trim(label);
	for (size_t i = 0; i < ARRAY_SIZE(encodings) && label.len; i++) {
		struct span rest = span_of(encodings[i].labels);

		while (rest.len) {
			if (span_equal_nocase(span_cut(&rest, ' '), label))
				return encodings[i].iconv_name;
		}
	}
	return NULL;
}

/* Where `word` (ASCII, lower case) first stands in `s`, without regard to case; s.len
 * if nowhere. Only ever used on the first kilobyte. */
static size_t find_word(struct span s, struct span word)
{
	for (size_t i = 0; i + word.len <= s.len; i++) {
		if (span_equal_nocase(span_from(s.data + i, word.len), word))
			return i;
	}
	return s.len;
}

static struct span skip(struct span s, size_t n)
{
	return span_from(s.data + n, s.len - n);
}

/* The value behind NAME = in the inside of a tag; empty if there is none. */
static struct span value_behind(struct span tag, struct span name)
{
	size_t at = find_word(tag, name);
	size_t len = 0;
	char quote;

	if (at == tag.len)
		return (struct span){ NULL, 0 };
	tag = span_trim(skip(tag, at + name.len));
	if (!tag.len || tag.data[0] != '=')
		return (struct span){ NULL, 0 };
	tag = span_trim(skip(tag, 1));
	if (!tag.len)
		return tag;
	quote = tag.data[0];
	if (quote == '"' || quote == '\'') {
		tag = skip(tag, 1);
		return span_from(tag.data, span_find(tag, quote));
	}
	while (len < tag.len && !strchr(" \t\r\n\"';/>", tag.data[len]))
		len++;
	return span_from(tag.data, len);
}

struct span charset_declared(struct span markup)
{
	struct span none = { NULL, 0 };

	if (markup.len > DECLARED_WITHIN)
		markup.len = DECLARED_WITHIN;
	if (span_starts_with(markup, SPAN("<?xml")))
		return value_behind(span_from(markup.data, span_find(markup, '>')),
				    SPAN("encoding"));
	for (size_t i = 0; i < markup.len;) {
		struct span here = skip(markup, i), found;

		if (span_starts_with(here, SPAN("<!--"))) {
			i += 4 + find_word(skip(here, 4), SPAN("-->"));
			continue;
		}
		if (here.len < 6 ||
		    !span_equal_nocase(span_from(here.data, 5), SPAN("<meta"))) {
			i++;
			continue;
		}
		found = value_behind(span_from(here.data, span_find(here, '>')),
				     SPAN("charset"));
		if (found.len)
			return found;
		i += 5;
	}
	return none;
}
