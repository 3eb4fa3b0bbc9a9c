"use strict";
/* dashboard.js - the parts in their order, and when each is asked for anew. */

{
	const top = document.getElementById("top"), parts = document.getElementById("parts");
	const place = () => parts.appendChild(dom.make("div"));
	const [tiles, attention, index, hour] = [place(), place(), place(), place()];

	parts.append(lookup.section);
	const [tail, next, hosts] = [place(), place(), place()];
	const pulse = dom.make("span", { class: "pulse", role: "status" });
	const where = dom.make("span", { class: "about" });
	const headline = dom.make("h1", null, "freshet");
	let before = null;

	top.append(pulse, where, headline);

	function beat(good, text) {
		document.body.classList.toggle("away", !good);
		if (pulse.textContent !== text)
			pulse.replaceChildren(dom.make("span", { class: "mark " + (good ? "fresh" : "bad") }), text);
	}

	/* What is under the pointer or has the focus is not drawn anew. */
	function renew(area, ...content) {
		if (!area.contains(document.activeElement) && !area.matches(":hover"))
			area.replaceChildren(...content);
	}

	async function readLive() {
		let now;

		try {
			now = await api.get("live");
		} catch (error) {
			beat(false, "no answer: " + error.message);
			return;
		}
		const run = now.run, table = hour.querySelector("details");

		beat(true, run.stopping ? "ending" : "live");
		where.textContent = `${now.db}, running for ${format.duration((Date.parse(now.at) - Date.parse(run.started_at)) / 1000)}`;
		lookup.allow(now.can_change);
		tiles.replaceChildren(live.tiles(now, before));
		renew(hour, live.hour(now, table && table.open));
		renew(tail, live.tail(now, lookup.go));
		document.getElementById("about").textContent =
			`freshet ${now.version}, ${format.bytes(now.store.bytes)} on disk. Everything here is also ` +
			"under /api/v1/ and /metrics.";
		before = now;
	}

	function drawIndex(r) {
		const states = reportHead.stateParts(r.pages).filter((part) => part.value);

		return dom.section("index", "The index",
			dom.say(dom.make("b", null, format.plural(r.pages.total, "page")), "; ",
				dom.make("b", null, format.count(r.pages.stale)), " changed and not yet in the index, ",
				dom.make("b", null, format.count(r.overdue)), " overdue."),
			dom.stack(states, "Pages by state"),
			dom.legend(states.map((part) => ({ ...part, name: `${part.name} ${format.count(part.value)}` }))));
	}

	/* `what` is to be typed stands in backquotes. */
	const coded = (text) => text.split("`").map((part, i) => i % 2 ? dom.make("code", null, part) : part);

	function drawAttention(r) {
		return dom.section("attention", "Attention", dom.make("ul", null, ...r.attention.slice(0, 8).map((item) =>
			dom.make("li", null, item.host ? dom.make("b", null, item.host, " ") : null,
				 `${format.plural(item.pages, "page")}: `, ...coded(item.hint)))));
	}

	function drawHosts(r) {
		return dom.section("hosts", "Hosts",
			r.hosts_total > 15 ? dom.say(`The ${15} with most pages, of ${format.count(r.hosts_total)}.`) : null,
			dom.table([
				{ name: "host", isText: true, cell: (h) => h.host },
				{ name: "pages", cell: (h) => format.count(h.pages.total) },
				{ name: "stale", cell: (h) => format.count(h.pages.stale) },
				{ name: "failing", cell: (h) => format.count(h.pages.failing) },
				{ name: "overdue", cell: (h) => format.count(h.overdue) },
				{ name: "fresh", cell: (h) => format.share(h.freshness) },
				{ name: "304s", cell: (h) => format.share(h.not_modified_rate, 0) },
				{ name: "robots.txt", isText: true, cell: (h) => h.robots },
			], r.hosts.slice(0, 15)));
	}

	async function readReport() {
		const r = await api.get("report");

		headline.textContent = r.freshness.expected == null ?
			`${format.plural(r.pages.total, "page waits", "pages wait")} for a first visit.` :
			`${format.share(r.freshness.expected)} of ${format.plural(r.freshness.pages, "page")} ` +
			"should be as we know them.";
		renew(index, drawIndex(r));
		renew(attention, ...r.attention.length ? [drawAttention(r)] : []);
		renew(hosts, ...r.hosts.length ? [drawHosts(r)] : []);
	}

	async function readPlan() {
		const plan = await api.get("plan", { limit: 10 });

		renew(next, dom.section("next", "Next visits", dom.table([
			{ name: "in", isText: true, cell: (v) => {
				const s = (Date.parse(v.at) - Date.parse(plan.at)) / 1000;

				return s > 0 ? format.duration(s) : "now";
			} },
			{ name: "changed by now", cell: (v) => format.share(v.p_changed) },
			{ name: "page", isText: true, cell: (v) => {
				const button = dom.make("button", { class: "plain", type: "button" }, v.url);

				button.addEventListener("click", () => lookup.go(v.url));
				return button;
			} },
			{ name: "why", isText: true, cell: (v) => v.reason },
		], plan.next)));
	}

	api.every(2, readLive);
	api.every(15, readReport);
	api.every(15, readPlan);
	lookup.follow();
}
