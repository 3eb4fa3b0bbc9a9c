/*
 * cell.h - one named number or text on its way to a reader, in no format yet. A record is
 * an array of them; its renderers (JSON, CSV) know kinds, not records.
 */
#ifndef TOOLS_CELL_H
#define TOOLS_CELL_H

#include <stdbool.h>
#include <stdint.h>

#include "store/base/buf.h"

enum cell_kind {
	CELL_TEXT,    /* outside text; empty: null */
	CELL_BYTES,   /* validators, shown exactly (REQ 71); empty: null */
	CELL_WHOLE,   /* `whole` */
	CELL_WHOLE_0, /* ... of which 0 stands for "none": null */
	CELL_REAL,    /* `real`; NaN: null */
	CELL_BOOL,    /* `whole` */
	CELL_TIME,    /* `whole`: ms, 0 is never: null */
	CELL_BETWEEN, /* two times, `whole` and `until`; both 0: null */
	CELL_LIST,    /* `text`, its items parted by commas */
	CELL_HOPS,    /* `text`, a "STATUS URL" line each */
	CELL_DIGEST,  /* `text`: the 16 bytes of a struct digest; all zero: null */
	CELL_HASH,    /* `whole` as 16 hex digits; 0: null */
};

struct cell {
	const char *name;
	enum cell_kind kind;
	struct span text; /* borrowed from the record */
	int64_t whole, until;
	double real;
};

#endif
