"use strict";
/* report_head.js - the state of the index in one sentence, one bar and a few figures. */

const reportHead = (() => {
	const STATES = [
		["unchanged", "fresh"], ["stale", "stale"], ["failing", "bad"], ["gone", "gone"],
		["moved", "moved"], ["blocked", "blocked"], ["unfetched", "none"],
	].map(([name, colour]) => ({ name, colour }));

	/* As the parts of a bar. `pages` has a number for each state. */
	function stateParts(pages) {
		return STATES.map((state) => ({ ...state, value: pages[state.name] }));
	}

	function sentence(r) {
		const known = r.freshness.pages;
		const told = r.feed.acknowledged > 0 || r.freshness.of_index > 0;

		if (!r.pages.total)
			return "There are no pages yet.";
		if (!known && r.pages.unfetched === r.pages.total)
			return `${format.plural(r.pages.total, "page waits", "pages wait")} for a first visit.`;
		if (!known)
			return `None of ${format.plural(r.pages.total, "page")} has content at present.`;
		return `${format.share(told ? r.freshness.of_index : r.freshness.expected)} of ` +
			`${format.plural(known, "page")} ${known === 1 ? "is" : "are"} as ` +
			(told ? "the index has them." : "we last saw them.");
	}

	function lead(r) {
		const f = r.freshness;
		const digits = f.high - f.low < 0.005 ? 2 : 1;

		if (!f.pages)
			return null;
		return dom.make("p", { class: "lead" }, "Expected freshness of what we hold is ",
			dom.make("b", null, format.share(f.expected)), ", with 90\u00a0% certainty between ",
			`${format.share(f.low, digits)} and ${format.share(f.high, digits)}; by weight `,
			dom.make("b", null, format.share(f.weighted)), ".", attention(r));
	}

	function attention(r) {
		const n = r.attention_total;

		return n ? dom.make("span", null, " ", dom.make("a", { href: "#attention" },
			n === 1 ? "One thing needs attention" : `${format.count(n)} things need attention`), ".") : null;
	}

	function about(r) {
		const filter = [r.filter.host && `host ${r.filter.host}`, r.filter.tag && `tag ${r.filter.tag}`];

		return dom.make("div", { class: "top about" },
			dom.make("span", null, dom.make("span", { class: "brand" }, "freshet"),
				 " · freshness report", ...filter.filter(Boolean).map((text) => " · " + text)),
			dom.make("span", null, `${format.time(r.at)} · last ${format.duration(r.window_s)}`));
	}

	function states(r) {
		const parts = stateParts(r.pages);
		const label = "Pages by state: " + parts.filter((part) => part.value)
			.map((part) => `${part.name} ${format.count(part.value)}`).join(", ");

		if (!r.pages.total)
			return null;
		return dom.make("div", { class: "states" }, dom.stack(parts, label), dom.make(
			"ul", { class: "tiles" }, ...parts.filter((part) => part.value || part.name !== "moved" &&
				part.name !== "blocked" && part.name !== "unfetched").map((part) =>
				tile(format.count(part.value), part.name, format.share(part.value / r.pages.total) +
				     was(part, r.previous.pages), part.colour))));
	}

	function was(part, before) {
		return before ? `, was ${format.share(before[part.name] / before.total)}` : "";
	}

	function tile(value, name, note, colour) {
		return dom.make("li", null,
			dom.make("span", null, colour ? dom.make("span", { class: "mark " + colour }) : null, name),
			dom.make("b", null, value), note ? dom.make("small", null, note) : null);
	}

	/* What the window brought, against the one it is compared with. */
	function work(r) {
		const changed = (period) => period.verdicts.changed.count + period.verdicts.new.count;
		const failed = (period) => period.verdicts.error.count + period.verdicts.refused.count;
		const counts = [
			["visits", r.window.visits, r.previous.visits, format.count],
			["new versions found", changed(r.window), changed(r.previous), format.count],
			["failed visits", failed(r.window), failed(r.previous), format.count],
			["received", r.window.bytes, r.previous.bytes, format.bytes],
			["saved by revalidation", r.window.bytes_saved, r.previous.bytes_saved, format.bytes],
		];

		return dom.make("ul", { class: "tiles" }, ...counts
			.filter(([, now]) => now != null)
			.map(([name, now, before, show]) => tile(show(now), name, format.change(now, before))));
	}

	function draw(r) {
		return dom.make("header", null, about(r), dom.make("h1", null, sentence(r)), lead(r), states(r));
	}

	return { draw, work, STATES, stateParts };
})();
