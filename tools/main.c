/* main.c - the command line in, one command called, its exit code out. */
#include <signal.h>

#include "tools/command.h"
#include "tools/help.h"
#include "tools/log_sink.h"

typedef int command_function(struct command_context *ctx);

/* By row of command_rows. */
static command_function *const functions[] = {
#define COMMAND(name, needs, arguments, summary, more) cmd_##name,
#include "tools/options.def"
};

static int usage_error(const struct options *options, const struct why *why)
{
	const char *name = options->command ? options->command->name : "";

	command_fail(EXIT_USAGE, "%s", why->text);
	fprintf(stderr, "Try 'freshet%s%s --help'.\n", *name ? " " : "", name);
	return EXIT_USAGE;
}

static int call(const struct options *options)
{
	struct settings settings = { 0 };
	struct command_context ctx = { options, NULL };
	struct why why;
	int code;

	log_sink_start(options, NULL);
	if (options->command->needs_settings) {
		enum err err = settings_load(options, &settings, &why);

		if (err)
			return command_fail(EXIT_CONFIG, "%s", why.text);
		ctx.settings = &settings;
		log_sink_start(options, &settings);
		settings_check_environment();
	}
	code = functions[options->command - command_rows](&ctx);
	if (ctx.settings)
		settings_release(&settings);
	return code;
}

int main(int argc, char **argv)
{
	struct options options;
	struct why why;
	enum err err = options_parse(argc, (const char *const *)argv, &options, &why);
	int code;

	signal(SIGPIPE, SIG_IGN); /* a reader that leaves is an error of write() */
	signal(SIGXFSZ, SIG_IGN); /* and so is a file over `ulimit -f` */
	if (err == ERR_NOMEM)
		code = command_fail(EXIT_FAILED, "%s", why.text);
	else if (err)
		code = usage_error(&options, &why);
	else if (options.help)
		code = help_print(options.command);
	else if (options.version)
		code = cmd_version(&(struct command_context){ &options, NULL });
	else
		code = call(&options);
	options_release(&options);
	return code;
}
