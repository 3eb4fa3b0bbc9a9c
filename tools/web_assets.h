/*
 * web_assets.h - the files of tools/web/ inside the program, so that it needs none beside it.
 *
 * Every .html, .css and .js there, and what is vendored below; a new file needs no line
 * anywhere. The table is made by tools/web/embed.sh.
 */
#ifndef TOOLS_WEB_ASSETS_H
#define TOOLS_WEB_ASSETS_H

#include "store/base/buf.h"

struct web_asset {
	const char
		*name; /* below tools/web/: "report.js", "vendor/uplot/uPlot.min.css" */
	struct span bytes;
};

extern const struct web_asset web_assets[];
extern const size_t n_web_assets;

/* NULL: there is none of that name. */
const struct web_asset *web_asset_find(struct span name);

#endif
