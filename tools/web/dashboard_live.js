"use strict";
/* dashboard_live.js - what changes from second to second: pulse, tiles, the hour, the tail. */

const live = (() => {
	const VERDICTS = [
		["unchanged", "fresh"], ["minor", "minor"], ["changed", "changed"], ["new", "new"], ["moved", "moved"],
		["gone", "gone"], ["blocked", "none"], ["refused", "none"], ["error", "bad"],
	].map(([name, colour]) => ({ name, colour }));
	const MINUTES = 60;

	const colourOf = (verdict) => (VERDICTS.find(({ name }) => name === verdict) || { colour: "none" }).colour;
	const visitsOf = (minute) => VERDICTS.reduce((sum, { name }) => sum + minute[name], 0);
	const mark = (verdict) => dom.make("span", { class: "mark " + colourOf(verdict) });
	const clock = (iso) => iso.slice(11, 19);

	/* What counts only grow by: two samples make a rate. */
	function rates(now, before) {
		const s = before ? (Date.parse(now.at) - Date.parse(before.at)) / 1000 : 0;
		const same = before && before.run.started_at === now.run.started_at && s > 0;
		const rate = (key) => same ? (now.run[key] - before.run[key]) / s : null;

		return { visits: rate("visits"), requests: rate("requests"), bytes: rate("bytes") };
	}

	function tile(figure, name, extra) {
		return dom.make("div", { class: "tile" }, dom.make("b", null, figure), dom.make("span", null, name), extra);
	}

	const perSecond = (x) => x == null ? format.NONE : x < 100 ? (+x.toFixed(1)).toLocaleString("en") :
		format.count(Math.round(x));

	function tiles(now, before) {
		const rate = rates(now, before), run = now.run;
		const used = rate.requests == null ? 0 : rate.requests / run.budget_per_s;
		const saved = run.bytes + run.bytes_saved;

		return dom.make("div", { class: "tiles" },
			tile(perSecond(rate.visits), "visits/s"),
			tile(perSecond(rate.requests), `of ${format.short(run.budget_per_s)} requests/s`,
			     dom.bar(used, used > 0.98 ? "stale" : "fresh")),
			tile(format.count(run.in_flight), "under way"),
			tile(format.count(run.hosts), "hosts in play"),
			tile(rate.bytes == null ? format.NONE : format.bytes(Math.round(rate.bytes)), "received/s"),
			tile(saved ? format.share(run.bytes_saved / saved, 0) : format.NONE, "of bytes spared"));
	}

	/* A place for each minute, also for those in which nothing happened. */
	function spread(now) {
		const end = Math.floor(Date.parse(now.at) / 60000) * 60000;
		const known = new Map(now.minutes.map((minute) => [Date.parse(minute.at), minute]));

		return Array.from({ length: MINUTES }, (_, i) => {
			const at = end - (MINUTES - 1 - i) * 60000;

			return { label: new Date(at).toISOString().slice(11, 16), minute: known.get(at) };
		});
	}

	function pile({ label, minute }, most) {
		const says = !minute ? `${label}: nothing` : `${label}: ` + VERDICTS.filter(({ name }) => minute[name])
			.map(({ name }) => `${format.count(minute[name])} ${name}`).join(", ");

		return dom.make("div", { class: "pile", title: says }, ...VERDICTS.filter(({ name }) => minute && minute[name])
			.map(({ name, colour }) => {
				const part = dom.make("span", { class: "fill " + colour });

				part.style.height = 100 * minute[name] / most + "%";
				return part;
			}));
	}

	function hour(now, wasOpen) {
		const places = spread(now), total = now.minutes.reduce((sum, minute) => sum + visitsOf(minute), 0);
		const most = Math.max(1, ...now.minutes.map(visitsOf));
		const seen = VERDICTS.filter(({ name }) => now.minutes.some((minute) => minute[name]));
		const table = dom.behind("Table", dom.table([
			{ name: "minute", isText: true, cell: (m) => m.at.slice(11, 16) },
			...seen.map(({ name }) => ({ name, cell: (m) => format.count(m[name]) })),
			{ name: "received", cell: (m) => format.bytes(m.bytes) },
		], [...now.minutes].reverse()));

		table.open = wasOpen;
		return dom.section("hour", "The last hour",
			dom.say(dom.make("b", null, format.plural(total, "visit")), ` by the minute; at most ${format.count(most)} in one.`),
			dom.make("div", { class: "hour", role: "img", "aria-label": "Visits by verdict, minute by minute" },
				 ...places.map((place) => pile(place, most))),
			dom.make("div", { class: "scale", "aria-hidden": "true" },
				 ...[0, 20, 40, 59].map((i) => dom.make("span", null, places[i].label))),
			seen.length ? dom.legend(seen) : null, table);
	}

	function tail(now, show) {
		return dom.section("visits", "Last visits", dom.table([
			{ name: "at", isText: true, cell: (v) => clock(v.at) },
			{ name: "verdict", isText: true, cell: (v) => dom.make("span", null, mark(v.verdict), v.verdict) },
			{ name: "status", cell: (v) => v.http_status || format.NONE },
			{ name: "took", cell: (v) => format.duration(v.elapsed_ms / 1000) },
			{ name: "page", isText: true, cell: (v) => {
				if (v.url_is_cut)
					return v.url + "…";
				const button = dom.make("button", { class: "plain", type: "button" }, v.url);

				button.addEventListener("click", () => show(v.url));
				return button;
			} },
		], now.visits.slice(0, 20)));
	}

	return { VERDICTS, colourOf, mark, tiles, hour, tail };
})();
