"use strict";
/* dom.js - elements, tables and bars. Text enters as text, never as markup. */

const dom = {
	/* make("p", { class: "note" }, "text", element, ...); null children are left out. */
	make(tag, attributes, ...children) {
		const element = document.createElement(tag);

		for (const [name, value] of Object.entries(attributes || {}))
			element.setAttribute(name, value);
		element.append(...children.filter((child) => child != null));
		return element;
	},

	/* A link, but to http and https only; all else stays text. */
	link(url) {
		let parsed = null;

		try {
			parsed = new URL(url);
		} catch {
			/* no URL: text */
		}
		if (!parsed || !["http:", "https:"].includes(parsed.protocol))
			return document.createTextNode(url);
		return dom.make("a", { href: parsed.href, rel: "noopener noreferrer" }, url);
	},

	/* A bar in a line of text or a table: `share` of its room. */
	bar(share, colour) {
		const fill = dom.make("span", { class: "fill " + colour });

		fill.style.width = 100 * Math.min(1, Math.max(0, share || 0)) + "%";
		return dom.make("span", { class: "bar", "aria-hidden": "true" }, fill);
	},

	/* One bar of parts that make up a whole: [{ name, value, colour }]. */
	stack(parts, label) {
		const total = parts.reduce((sum, part) => sum + part.value, 0);
		const stack = dom.make("div", { class: "stack", role: "img", "aria-label": label });

		for (const part of parts) {
			if (!part.value)
				continue;
			const piece = dom.make("span", {
				class: "fill " + part.colour,
				title: `${part.name}: ${format.count(part.value)} ` +
					`(${format.share(part.value / total)})`,
			});

			piece.style.flexGrow = part.value / total;
			stack.append(piece);
		}
		return stack;
	},

	legend(parts) {
		return dom.make("ul", { class: "legend" }, ...parts.map((part) =>
			dom.make("li", null, dom.make("span", { class: "mark " + part.colour }),
				 part.name)));
	},

	/* Columns are [{ name, cell(row), isText }]; a cell is text or an element. */
	table(columns, rows) {
		const cell = (tag, column, content) =>
			dom.make(tag, { class: column.isText ? "text" : "number" }, content);
		const head = dom.make("tr", null, ...columns.map((column) => {
			const th = cell("th", column, column.name);

			th.setAttribute("scope", "col");
			return th;
		}));
		const body = rows.map((row) => dom.make("tr", null, ...columns.map((column) =>
			cell("td", column, column.cell(row)))));
		const table = dom.make("table", null, dom.make("thead", null, head),
				       dom.make("tbody", null, ...body));

		/* What is too wide scrolls by itself, also by keyboard. */
		return dom.make("div", { class: "scroll", tabindex: 0 }, table);
	},

	/* The figures behind a picture, for those who cannot see it or want them exactly. */
	behind(title, ...content) {
		return dom.make("details", null, dom.make("summary", null, title), ...content);
	},

	/* `name`: of the anchor. Null content is left out. */
	section(name, title, ...content) {
		const heading = dom.make("h2", { id: name + "-title" }, title);

		return dom.make("section", { id: name, "aria-labelledby": heading.id }, heading, ...content);
	},

	say(...content) {
		return dom.make("p", { class: "say" }, ...content);
	},
};
