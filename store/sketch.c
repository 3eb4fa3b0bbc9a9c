#include "store/sketch.h"

size_t sketch_block_len(struct span blocks)
{
	unsigned char flags = blocks.len ? (unsigned char)blocks.data[0] : 0;
	size_t len = 1 + (flags & SKETCH_IS_MASKED ? 2 : 1) * SKETCH_HASH_SIZE;

	return flags > (SKETCH_SAYS_LITTLE | SKETCH_IS_MASKED) || blocks.len < len ? 0
										   : len;
}

bool sketch_is_sound(struct span sketch)
{
	size_t at = SKETCH_HEAD_SIZE + SKETCH_HASH_SIZE, len, n = 0;

	if (sketch.len < at)
		return false;
	for (; at < sketch.len && n <= SKETCH_BLOCKS_MAX; at += len, n++) {
		len = sketch_block_len(span_from(sketch.data + at, sketch.len - at));
		if (!len)
			return false;
	}
	return n <= SKETCH_BLOCKS_MAX;
}
