/*
 * settings.h - every setting, typed: flag > environment > config file > default.
 *
 * The fields come from the SETTING and HOST_SETTING rows of tools/options.def. The
 * environment's name of a setting is its own in capitals behind FRESHET_, with '_' for
 * '.': FRESHET_FETCH_HOST_DELAY, FRESHET_DB. The file is what -c names, else what
 * $FRESHET_CONFIG names, else none.
 */
#ifndef TOOLS_SETTINGS_H
#define TOOLS_SETTINGS_H

#include "store/base/buf.h"
#include "tools/options.h"

/* The C type of each kind. Lists end with NULL and are never NULL themselves. */
typedef bool setting_BOOL;
typedef const char *setting_TEXT, *setting_FILE, *setting_DIR, *setting_TOKEN,
	*setting_CONTACT, *setting_SECRET,
	*setting_LISTEN; /* never NULL; "" when unset */
typedef int64_t setting_COUNT, setting_DURATION, setting_SIZE, setting_TIME;
typedef double setting_NUMBER, setting_RATE;
typedef int setting_CHOICE; /* the position among its choices: enums below */
typedef const char *const *setting_TEXTS,
	*const *setting_CHOICES, *const *setting_CIDRS,
					 *const *setting_RESOLVES,
						 *const *setting_HEADERS,
							 *const *setting_IGNORES;

/* In the order of the choices in options.def. */
enum setting_log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };
enum setting_when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER }; /* color, progress */
enum setting_policy { POLICY_UNIFORM, POLICY_FIXED, POLICY_OPTIMAL };
enum setting_sync { SYNC_GROUP, SYNC_NONE };
enum setting_body { BODY_KEEP, BODY_NONE };

/* Who set it: the greater wins. */
enum setting_source { SOURCE_DEFAULT, SOURCE_FILE, SOURCE_ENVIRONMENT, SOURCE_FLAG };

enum setting_id {
#define SETTING(field, name, kind, fallback, limits, help) SETTING_ID_##field,
#include "tools/options.def"
	N_SETTINGS
};

enum host_setting_id {
#define HOST_SETTING(field, key, kind, fallback, limits, help) HOST_SETTING_ID_##field,
#include "tools/options.def"
	N_HOST_SETTINGS
};

struct host_settings {
#define HOST_SETTING(field, key, kind, fallback, limits, help) setting_##kind field;
#include "tools/options.def"
};

/* One [host "pattern"] section. */
struct host_rule {
	char *pattern;
	bool set[N_HOST_SETTINGS]; /* which of `values` the section gave */
	struct host_settings values;
};

struct settings {
#define SETTING(field, name, kind, fallback, limits, help) setting_##kind field;
#include "tools/options.def"
	uint8_t sources[N_SETTINGS]; /* enum setting_source, by row */
	struct host_rule *rules;     /* in the order of the file */
	size_t n_rules;
};

/*
 * Reads every source into `fresh`, which is written on success only; so a reload that
 * fails leaves the settings in force alone. `options` (NULL: no flags) is needed during
 * the call only. On ERR_INVALID and ERR_IO `why` says where: "site.conf:12: unknown key
 * 'fetch.delya' (did you mean 'fetch.delay'?)".
 */
MUST_CHECK enum err settings_load(const struct options *options, struct settings *fresh,
				  struct why *why);
/* The defaults alone. */
MUST_CHECK enum err settings_default(struct settings *fresh);
void settings_release(struct settings *settings);

/*
 * What holds for one host: "example.org", "example.org:8080" or "http://example.org".
 * A pattern (fnmatch, case ignored) is held against the host with and without its port.
 * Of several sections that match, the later wins key by key. Lists are borrowed from
 * `settings`.
 */
void settings_for_host(const struct settings *settings, struct span host,
		       struct host_settings *result);

/* Has this setting another value in `b`? */
bool settings_differ(const struct settings *a, const struct settings *b,
		     const struct setting_row *row);
/* Warns in the log of FRESHET_* variables that no setting goes by. */
void settings_check_environment(void);

/* Sets one setting by name, with `source` kept beside it; items add to a list of the same
 * source. For settings.c and settings_file.c. */
MUST_CHECK enum err settings_set(struct settings *settings, struct span name,
				 struct span text, enum setting_source source,
				 struct why *why);
/* The same for a key of a [host "pattern"] section. */
MUST_CHECK enum err settings_set_rule(struct host_rule *rule, struct span key,
				      struct span text, struct why *why);
/* Adds an empty section. Borrowed until the next call. */
MUST_CHECK enum err settings_add_rule(struct settings *settings, struct span pattern,
				      struct host_rule **rule);
/* Reads a config file over `settings`: settings_file.c. */
MUST_CHECK enum err settings_read_file(struct settings *settings, const char *path,
				       struct why *why);

#endif
