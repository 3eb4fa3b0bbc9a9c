/* Month and weekday names: English, German, French, Spanish, Italian, Portuguese, Dutch,
 * Swedish, Danish, Norwegian, Polish, Czech, Turkish, Indonesian, Russian, Ukrainian. */
#include "crawler/moment.h"

#include <stdlib.h>

#define NAME_MAX_BYTES 24

struct name {
	const char *text; /* ASCII letters in lower case */
	int month;
};

/* Sorted by bytes. */
static const struct name months[] = {
	{ "abr", 4 },        { "abril", 4 },     { "ago", 8 },
	{ "agosto", 8 },     { "agustus", 8 },   { "août", 8 },
	{ "apr", 4 },        { "april", 4 },     { "aprile", 4 },
	{ "aprill", 4 },     { "aralık", 12 },   { "aug", 8 },
	{ "august", 8 },     { "augusti", 8 },   { "augustus", 8 },
	{ "avr", 4 },        { "avril", 4 },     { "ağu", 8 },
	{ "ağustos", 8 },    { "brezna", 3 },    { "czerwca", 6 },
	{ "dec", 12 },       { "december", 12 }, { "desember", 12 },
	{ "dez", 12 },       { "dezember", 12 }, { "dezembro", 12 },
	{ "dic", 12 },       { "dicembre", 12 }, { "diciembre", 12 },
	{ "dubna", 4 },      { "déc", 12 },      { "décembre", 12 },
	{ "ekim", 10 },      { "ene", 1 },       { "enero", 1 },
	{ "eylül", 9 },      { "feb", 2 },       { "febbraio", 2 },
	{ "febrero", 2 },    { "februar", 2 },   { "februari", 2 },
	{ "february", 2 },   { "fev", 2 },       { "fevereiro", 2 },
	{ "févr", 2 },       { "février", 2 },   { "gen", 1 },
	{ "gennaio", 1 },    { "giugno", 6 },    { "grudnia", 12 },
	{ "haziran", 6 },    { "ianuarie", 1 },  { "jan", 1 },
	{ "janeiro", 1 },    { "januar", 1 },    { "januari", 1 },
	{ "january", 1 },    { "janv", 1 },      { "janvier", 1 },
	{ "juil", 7 },       { "juillet", 7 },   { "juin", 6 },
	{ "jul", 7 },        { "julho", 7 },     { "juli", 7 },
	{ "julio", 7 },      { "july", 7 },      { "jun", 6 },
	{ "june", 6 },       { "junho", 6 },     { "juni", 6 },
	{ "junio", 6 },      { "kasım", 11 },    { "kwietnia", 4 },
	{ "ledna", 1 },      { "lipca", 7 },     { "listopada", 11 },
	{ "listopadu", 11 }, { "luglio", 7 },    { "lutego", 2 },
	{ "mag", 5 },        { "maggio", 5 },    { "mai", 5 },
	{ "maio", 5 },       { "maj", 5 },       { "maja", 5 },
	{ "mar", 3 },        { "marca", 3 },     { "march", 3 },
	{ "maret", 3 },      { "mars", 3 },      { "mart", 3 },
	{ "marts", 3 },      { "marzo", 3 },     { "março", 3 },
	{ "may", 5 },        { "mayo", 5 },      { "mayıs", 5 },
	{ "mei", 5 },        { "mrt", 3 },       { "märz", 3 },
	{ "nisan", 4 },      { "nov", 11 },      { "november", 11 },
	{ "novembre", 11 },  { "novembro", 11 }, { "noviembre", 11 },
	{ "ocak", 1 },       { "oct", 10 },      { "october", 10 },
	{ "octobre", 10 },   { "octubre", 10 },  { "okt", 10 },
	{ "oktober", 10 },   { "ott", 10 },      { "ottobre", 10 },
	{ "out", 10 },       { "outubro", 10 },  { "października", 10 },
	{ "prosince", 12 },  { "sep", 9 },       { "sept", 9 },
	{ "september", 9 },  { "septembre", 9 }, { "septiembre", 9 },
	{ "set", 9 },        { "setembro", 9 },  { "settembre", 9 },
	{ "sierpnia", 8 },   { "srpna", 8 },     { "stycznia", 1 },
	{ "temmuz", 7 },     { "września", 9 },  { "září", 9 },
	{ "února", 2 },      { "října", 10 },    { "Şubat", 2 },
	{ "şubat", 2 },      { "августа", 8 },   { "апреля", 4 },
	{ "березня", 3 },    { "вересня", 9 },   { "грудня", 12 },
	{ "декабря", 12 },   { "жовтня", 10 },   { "июля", 7 },
	{ "июня", 6 },       { "квітня", 4 },    { "липня", 7 },
	{ "листопада", 11 }, { "лютого", 2 },    { "марта", 3 },
	{ "мая", 5 },        { "ноября", 11 },   { "октября", 10 },
	{ "сентября", 9 },   { "серпня", 8 },    { "січня", 1 },
	{ "травня", 5 },     { "февраля", 2 },   { "червня", 6 },
	{ "января", 1 },
};

static const char *const weekdays[] = {
	"di",        "dienstag",   "dim",      "dimanche",  "domenica", "domingo",
	"donderdag", "donnerstag", "fr",       "freitag",   "fri",      "friday",
	"giovedì",   "jeudi",      "jueves",   "lun",       "lundi",    "lunedì",
	"lunes",     "maandag",    "mardi",    "martedì",   "martes",   "mercoledì",
	"mercredi",  "mi",         "mittwoch", "miércoles", "mo",       "mon",
	"monday",    "montag",     "sa",       "sabato",    "samedi",   "samstag",
	"sat",       "saturday",   "so",       "sonntag",   "sun",      "sunday",
	"sábado",    "thu",        "thur",     "thurs",     "thursday", "tue",
	"tues",      "tuesday",    "vendredi", "venerdì",   "viernes",  "vrijdag",
	"wed",       "wednesday",  "woensdag", "zaterdag",  "zondag",
};

/* The word in lower case, for a table whose names are. False: too long to be one. */
static bool lower(struct span word, char out[NAME_MAX_BYTES + 1])
{
	if (!word.len || word.len > NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < word.len; i++) {
		char c = word.data[i];

		out[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	out[word.len] = '\0';
	return true;
}

static int compare_month(const void *text, const void *name)
{
	return strcmp(text, ((const struct name *)name)->text);
}

static int compare_weekday(const void *text, const void *name)
{
	return strcmp(text, *(const char *const *)name);
}

int month_of_name(struct span word)
{
	char text[NAME_MAX_BYTES + 1];
	const struct name *found;

	if (!lower(word, text))
		return 0;
	found = bsearch(text, months, ARRAY_SIZE(months), sizeof(*months), compare_month);
	return found ? found->month : 0;
}

bool is_weekday_name(struct span word)
{
	char text[NAME_MAX_BYTES + 1];

	return lower(word, text) && bsearch(text, weekdays, ARRAY_SIZE(weekdays),
					    sizeof(*weekdays), compare_weekday) != NULL;
}
