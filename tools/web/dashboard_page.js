"use strict";
/* dashboard_page.js - one page looked up: what is known, what was seen, when next and why. */

const lookup = (() => {
	const input = dom.make("input", { class: "wide", type: "url", name: "url", autocomplete: "off", spellcheck: "false",
					  placeholder: "https://example.org/page", "aria-label": "URL of a page", required: "" });
	const form = dom.make("form", null, input, dom.make("button", null, "Look up"));
	const found = dom.make("div", { "aria-live": "polite" });
	const section = dom.section("page", "Look up a page", form, found);
	let canChange = false;

	const when = (iso) => iso ? iso.slice(0, 19).replace("T", " ") + " UTC" : "never";

	/* "in 3 h", "5 min ago" */
	function apart(iso) {
		const s = (Date.parse(iso) - Date.now()) / 1000;

		return s >= 0 ? "in " + format.duration(s) : format.duration(-s) + " ago";
	}

	const facts = (rows) => dom.make("dl", { class: "facts" }, ...rows.filter(Boolean).flatMap(([name, ...says]) =>
		[dom.make("dt", null, name), dom.make("dd", null, ...says)]));

	function rate(page) {
		const days = (perDay) => perDay > 0 ? format.duration(86400 / perDay) : "never";

		return `about every ${days(page.rate_per_day)} (90 %: ${days(page.rate_high)} to ${days(page.rate_low)}), ` +
			`by ${format.plural(page.visits, "visit")} and ${format.plural(page.changes, "change")}`;
	}

	function validators(page) {
		const held = [page.etag && `ETag ${page.etag}`, page.last_modified && `Last-Modified ${page.last_modified}`];

		return held.filter(Boolean).join(", ") || "none";
	}

	function history(page) {
		const visits = page.history;

		if (!visits.length)
			return null;
		const says = (v) => `${when(v.at)}: ${v.verdict} (${v.evidence}), status ${v.http_status || "none"}`;

		return dom.make("div", null, dom.make("h3", null, "Visits, the oldest first"),
			dom.make("div", { class: "strip", role: "img", "aria-label": visits.map((v) => v.verdict).join(", ") },
				 ...visits.map((v) => {
					const piece = live.mark(v.verdict);

					piece.setAttribute("title", says(v));
					return piece;
				 })),
			dom.legend(live.VERDICTS.filter(({ name }) => visits.some((v) => v.verdict === name))),
			dom.behind("Table", dom.table([
				{ name: "at", isText: true, cell: (v) => when(v.at) },
				{ name: "verdict", isText: true, cell: (v) => v.verdict },
				{ name: "evidence", isText: true, cell: (v) => v.evidence },
				{ name: "status", cell: (v) => v.http_status || format.NONE },
				{ name: "took", cell: (v) => format.duration(v.elapsed_ms / 1000) },
				{ name: "bytes", cell: (v) => format.bytes(v.bytes) },
			], [...visits].reverse())));
	}

	/* The sandbox has no rights at all, and the answer's own policy says so once more. */
	function stored(page) {
		if (!page.has_body)
			return dom.say("No body is stored.");
		const details = dom.behind(`Stored page (${format.bytes(page.body_len)})`);

		details.addEventListener("toggle", () => {
			if (details.open && !details.querySelector("iframe"))
				details.append(dom.make("iframe", { sandbox: "", referrerpolicy: "no-referrer", loading: "lazy",
					title: "The stored page, without scripts", src: "/page?" + new URLSearchParams({ url: page.url }) }));
		});
		return details;
	}

	function recheck(page) {
		if (!canChange)
			return null;
		const token = dom.make("input", { type: "password", autocomplete: "off", placeholder: "token", required: "",
						  "aria-label": "token" });
		const says = dom.make("p", { class: "about", role: "status" });
		const ask = dom.make("form", null, token, dom.make("button", null, "Visit it now"));

		ask.addEventListener("submit", async (event) => {
			event.preventDefault();
			try {
				await api.post("recheck", page.url + "\n", token.value);
				says.textContent = "It is due now.";
			} catch (error) {
				says.textContent = error.message;
			}
		});
		return dom.make("div", null, ask, says);
	}

	function draw(page) {
		const fresh = page.fresh_probability;

		return [
			dom.make("p", { class: "title" }, page.title || page.url),
			dom.make("p", { class: "about" }, dom.link(page.url)),
			facts([
				["state", dom.make("span", { class: "chip" }, page.state),
				 ` version ${page.version}, the index has ` + (page.indexed_version || "none")],
				fresh != null && ["still as we know it", format.share(fresh), " ", dom.bar(fresh, "fresh")],
				["last visit", page.last_visit_at ? `${when(page.last_visit_at)}, ${apart(page.last_visit_at)}: ` +
					`${page.verdict} (${page.evidence})` : "never"],
				["next visit", page.next_visit_at ? `${when(page.next_visit_at)}, ${apart(page.next_visit_at)}: ` : "",
				 page.next_visit_reason || ""],
				["changes", page.visits ? rate(page) : "not known yet"],
				["validators", validators(page)],
				page.failures && ["failures", `${page.failures} in a row: ${page.error || ""} ${page.error_detail || ""}`],
				page.redirect_to && ["moved to", dom.link(page.redirect_to)],
				["robots.txt", page.robots.state],
				page.tags.length && ["tags", page.tags.join(", ")],
			]),
			history(page), stored(page), recheck(page),
		];
	}

	async function show(url) {
		input.value = url;
		try {
			const page = await api.get("show", { url, history: 64 });

			found.replaceChildren(...draw(page).filter(Boolean));
		} catch (error) {
			found.replaceChildren(dom.make("p", { class: "wrong" }, error.message));
		}
	}

	/* The address of the dashboard names the page, so that it can be passed on. */
	function go(url) {
		location.hash = "page=" + encodeURIComponent(url);
		section.scrollIntoView({ block: "start" });
	}

	function follow() {
		const named = new URLSearchParams(location.hash.slice(1)).get("page"); /* takes any escapes */

		if (named)
			show(named);
	}

	form.addEventListener("submit", (event) => {
		event.preventDefault();
		go(input.value.trim());
		follow();
	});
	addEventListener("hashchange", follow);

	return { section, go, follow, allow(may) { canChange = may; } };
})();
