"use strict";
/* report_parts.js - the parts of the report below its head, each a section of the page. */

const reportParts = (() => {
	const VERDICTS = [
		["unchanged", "fresh"], ["minor", "minor"], ["changed", "changed"], ["new", "new"],
		["moved", "moved"], ["gone", "gone"], ["blocked", "blocked"], ["refused", "none"],
		["error", "bad"],
	];
	const ATTENTION_SHOWN = 12;

	/* When a step of the series began, as a label. */
	function stepLabels(r) {
		return r.series.map(({ at }) => r.series_step_s < 86400 ?
			`${format.day(at)} ${at.slice(11, 13)}:00` : format.day(at));
	}

	const sum = (list, value) => list.reduce((total, item) => total + value(item), 0);
	const whole = (name, key) => ({ name, cell: (row) => format.count(row[key]) });
	const text = (name, key) => ({ name, isText: true, cell: (row) => row[key] });
	const share = (name, key) => ({ name, cell: (row) => format.share(row[key]) });

	/* Rows of name, bar and figure. */
	function rows(list) {
		return dom.make("div", { class: "rows" }, ...list.flatMap(([name, bar, figure]) =>
			[dom.make("span", null, name), bar, dom.make("b", null, figure)]));
	}

	function verdicts(r) {
		const hourly = r.series_step_s < 86400;
		const seen = VERDICTS.filter(([name]) => r.verdicts[name].count);
		const labels = stepLabels(r);
		const parts = seen.map(([name, colour]) =>
			({ name, colour, values: r.series.map((step) => step.verdicts[name]) }));
		const total = r.window.visits;

		if (!total)
			return dom.section("verdicts", "Verdicts over time",
					   dom.say("No page was visited in this time."));
		return dom.section("verdicts", "Verdicts over time",
			dom.say("What ", dom.make("b", null, format.plural(total, "visit")), " found, by ",
				hourly ? "the hour" : r.series_step_s > 86400 ? "the week" : "the day",
				before(r), "."),
			chart.bars({ label: "Visits by verdict over time", labels, parts, wide: true }),
			reportHead.work(r),
			dom.behind("Table: verdicts", dom.table([
				{ name: "verdict", isText: true, cell: ([name]) => name },
				{ name: "visits", cell: ([name]) => format.count(r.verdicts[name].count) },
				{ name: "share", cell: ([name]) => format.share(r.verdicts[name].count / total) },
				{ name: "received", cell: ([name]) => format.bytes(r.verdicts[name].bytes) },
			], seen)),
			dom.behind("Table: over time", dom.table([
				{ name: "from", isText: true, cell: (i) => labels[i] },
				...parts.map((part) => ({ name: part.name, cell: (i) => format.count(part.values[i]) })),
			], labels.map((_, i) => i))));
	}

	/* How the index stood at the end of each step, as far as it is known. */
	function standing(r) {
		const steps = r.series.filter((step) => step.pages);
		const labels = stepLabels({ ...r, series: steps });
		const parts = reportHead.STATES.slice(1).map((state) =>
			({ ...state, values: steps.map((step) => step.pages[state.name]) }))
			.filter((part) => part.values.some(Boolean));

		if (steps.length < 2 || !parts.length)
			return null;
		return dom.section("standing", "The index over time",
			dom.say("Pages that were not unchanged, as they stood at the end of each step."),
			chart.bars({ label: "Pages that were not unchanged over time", labels, parts, wide: true }),
			dom.behind("Table", dom.table([
				{ name: "from", isText: true, cell: (i) => labels[i] },
				...["unchanged", ...parts.map((part) => part.name)].map((name) =>
					({ name, cell: (i) => format.count(steps[i].pages[name]) })),
			], labels.map((_, i) => i))));
	}

	/* What "+6 %" is more than. */
	function before(r) {
		return r.previous.visits ? `; small figures compare with ${format.time(r.previous.since)} to ` +
			format.time(r.previous.until) : "";
	}

	function staleness(r) {
		const age = r.freshness.age;
		const colour = (bucket) => bucket.from >= 0.7 ? "fresh" : bucket.from >= 0.4 ? "stale" : "bad";
		const labels = r.staleness.map((b) => `${Math.round(100 * b.from)}–${Math.round(100 * b.to)} %`);
		const parts = ["fresh", "stale", "bad"].map((name) => ({
			name: { fresh: "likely fresh", stale: "uncertain", bad: "likely stale" }[name], colour: name,
			values: r.staleness.map((bucket) => colour(bucket) === name ? bucket.pages : 0),
		}));

		if (!r.freshness.pages)
			return null;
		return dom.section("staleness", "Staleness now",
			dom.say("Each page's chance to be as we know it. Half of the pages were proved current within ",
				dom.make("b", null, format.duration(age.p50_s)), ", 90\u00a0% within ",
				dom.make("b", null, format.duration(age.p90_s)), ", 99 % within ",
				dom.make("b", null, format.duration(age.p99_s)), "; ",
				format.plural(r.overdue, "page is", "pages are"), " overdue",
				r.overdue ? `, one by ${format.duration(r.overdue_max_s)}` : "", "."),
			chart.bars({ label: "Pages by their chance to be fresh", labels, parts }),
			dom.behind("Table", dom.table([
				{ name: "chance to be fresh", isText: true, cell: (bucket) =>
					labels[r.staleness.indexOf(bucket)] },
				whole("pages", "pages"),
				{ name: "share", cell: (bucket) => format.share(bucket.pages / r.freshness.pages) },
			], r.staleness)));
	}

	function rates(r) {
		const seen = r.rates.map((rate, i) => ({ ...rate, colour: "rate-" + i })).filter((rate) => rate.pages);
		const parts = (key) => seen.map((rate) => ({ name: rate.name, colour: rate.colour, value: rate[key] }));
		const bar = (name, key) => sum(seen, (rate) => rate[key]) ?
			[name, dom.stack(parts(key), `${name} by change rate`),
			 format.count(sum(seen, (rate) => rate[key]))] : null;

		if (!seen.length)
			return null;
		return dom.section("rates", "How often pages change",
			dom.say("Where the pages are, where the requests went, and where the changes were, ",
				"by the rate at which pages are found to change."),
			rows([bar("Pages", "pages"), bar("Requests spent", "visits"),
			      bar("Changes found", "changes")].filter(Boolean)),
			dom.legend(seen),
			dom.behind("Table", dom.table([
				text("changes", "name"), whole("pages", "pages"), whole("requests", "visits"),
				whole("changes found", "changes"),
				{ name: "requests a change", cell: (rate) =>
					rate.changes ? format.short(rate.visits / rate.changes) : format.NONE },
				share("fresh", "freshness"),
			], seen)));
	}

	function hosts(r) {
		const columns = [
			{ name: "host", isText: true, cell: (host) => dom.link(host.host) },
			{ name: "pages", cell: (host) => format.count(host.pages.total) },
			{ name: "", cell: (host) => dom.stack(reportHead.stateParts(host.pages),
			`Pages of ${host.host} by state`) },
			{ name: "stale", cell: (host) => format.count(host.pages.stale) },
			{ name: "failing", cell: (host) => format.count(host.pages.failing) },
			share("fresh", "freshness"),
			share("304", "not_modified_rate"),
			whole("errors", "errors"),
		];
		const first = r.hosts.slice(0, 10), rest = r.hosts.slice(10);
		const more = r.hosts_total - r.hosts.length;

		if (!r.hosts_total)
			return null;
		const section = dom.section("hosts", "Hosts",
			dom.say(dom.make("b", null, format.plural(r.hosts_total, "host")), ", those with most pages first."),
			dom.table(columns, first),
			rest.length ? dom.behind(`The next ${rest.length}`, dom.table(columns, rest)) : null,
			more ? dom.say(`${format.plural(more, "host")} with fewer pages not shown; `,
				       dom.make("code", null, "freshet host"), " lists all.") : null);

		section.className = "hosts";
		return section;
	}

	function validators(r) {
		const v = r.validators;
		const kinds = [["strong ETag", v.strong, "rate-1"], ["weak ETag", v.weak, "rate-3"],
			       ["Last-Modified only", v.date, "rate-5"], ["none", v.none, "none"]]
			.map(([name, value, colour]) => ({ name, value, colour }));
		const asked = r.window.conditional_requests;
		const honest = [
			["answered 304", v.not_modified, asked, "fresh"],
			["sent again what we had", v.useless_200, asked, "stale"],
			["proved false by audits", v.false_304, v.audits, "bad"],
		].filter(([, , of]) => of);

		if (!sum(kinds, (kind) => kind.value))
			return null;
		return dom.section("validators", "Validators and their honesty",
			dom.say(asked == null ? "What pages can be revalidated with." : [
				"Of ", format.plural(asked, "conditional request"), ", ",
				format.share(v.not_modified_rate), " needed no body. ",
				v.audits ? `${format.plural(v.audits, "audit")} found ` +
					`${format.plural(v.false_304, "false 304")}.` : "No audit was made."].join("")),
			rows([["Pages by validator", dom.stack(kinds, "Pages by validator"),
			       format.count(sum(kinds, (kind) => kind.value))]]),
			dom.legend(kinds),
			honest.length ? rows(honest.map(([name, n, of, colour]) =>
				[name, dom.bar(n / of, colour), format.share(n / of)])) : null,
			dom.behind("Table", dom.table([
				{ name: "what", isText: true, cell: ([name]) => name },
				{ name: "count", cell: ([, n]) => format.count(n) },
				{ name: "of", cell: ([, , of]) => format.count(of) },
			], [...kinds.map((kind) => ["pages with " + kind.name, kind.value, r.freshness.pages]), ...honest])));
	}

	function calibration(r) {
		const c = r.calibration;

		if (!c.visits)
			return null;
		return dom.section("calibration", "Did we foretell changes rightly?",
			dom.say("Before each visit a chance of change is foretold. On average it was ",
				dom.make("b", null, format.share(c.predicted)), "; ",
				dom.make("b", null, format.share(c.observed)), " of ",
				format.plural(c.visits, "visit"), " found one. The closer to the dashed line, the better. ",
				`Brier score ${c.brier.toFixed(3)} (0 is perfect, a coin gets 0.250).`),
			chart.calibration({ label: "Chance of change foretold against changes found", bins: c.bins }),
			dom.behind("Table", dom.table([
				{ name: "foretold", isText: true, cell: (bin) =>
					`${Math.round(100 * bin.from)}–${Math.round(100 * bin.to)} %` },
				whole("visits", "visits"), share("mean foretold", "predicted"),
				share("changed", "observed"),
			], c.bins)));
	}

	function budget(r) {
		const b = r.budget, best = b.best_freshness;
		const list = [
			["half the budget", best.half, "rate-3"], ["this budget", best.this, "rate-1"],
			["double the budget", best.double, "rate-3"],
			["this budget, all pages alike", b.uniform_freshness, "none"],
		].filter(([, freshness]) => freshness != null);

		if (!list.length)
			return null;
		return dom.section("budget", "What the budget can buy",
			dom.say(dom.make("b", null, format.count(Math.round(b.per_day))), " requests a day are allowed",
				b.used_per_day == null ? "" : `, ${format.count(Math.round(b.used_per_day))} were used`,
				b.polite_per_day != null && b.polite_per_day < b.per_day ? `; politeness allows ${format.count(Math.round(b.polite_per_day))}`
							     : "",
				". The best freshness that can be had on average:"),
			rows(list.map(([name, freshness, colour]) =>
				[name, dom.bar(freshness, colour), format.share(freshness)])),
			dom.behind("Table", dom.table([
				{ name: "budget", isText: true, cell: ([name]) => name },
				{ name: "best freshness", cell: ([, freshness]) => format.share(freshness, 2) },
			], list)));
	}

	/* A hint may hold commands in `backquotes`. */
	function hint(text) {
		return text.split("`").map((part, i) => i % 2 ? dom.make("code", null, part) : part);
	}

	function attention(r) {
		const items = r.attention.map((item) => dom.make("li",
			{ class: item.severity >= 4 ? "urgent" : "" },
			item.host ? dom.link(item.host) : format.count(item.pages), item.host ? ": " : " ",
			...hint(item.hint), dom.make("small", null, item.code,
				item.host ? ` · ${format.plural(item.pages, "page")}` : null)));

		const list = (some) => dom.make("ul", { class: "attention" }, ...some);
		const rest = items.splice(ATTENTION_SHOWN);
		const unlisted = r.attention_total - r.attention.length;

		return dom.section("attention", "What needs attention",
			items.length ? list(items) : dom.say("Nothing does."),
			rest.length ? dom.behind(`${rest.length} more`, list(rest)) : null,
			unlisted > 0 ? dom.say(`${format.count(unlisted)} of less weight are not listed.`) : null);
	}

	return [verdicts, standing, staleness, rates, hosts, validators, calibration, budget, attention];
})();
