#include "tools/web_assets.h"

const struct web_asset *web_asset_find(struct span name)
{
	for (size_t i = 0; i < n_web_assets; i++)
		if (span_equal(span_of(web_assets[i].name), name))
			return &web_assets[i];
	return NULL;
}
