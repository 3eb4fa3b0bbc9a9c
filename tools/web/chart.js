"use strict";
/* chart.js - uPlot in the colours of the page, as wide as its place, in both themes. */

const chart = (() => {
	const drawn = [];
	const HEIGHT = 220;

	function colour(name) {
		return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
	}

	/* What stands under the pointer: rows(index) are [name, value, colour]. */
	function tip(labels, rows) {
		const box = dom.make("div", { class: "tip", hidden: "" });

		function move(u) {
			const i = u.cursor.idx;

			box.hidden = i == null || u.cursor.left < 0;
			if (box.hidden)
				return;
			box.replaceChildren(dom.make("b", null, labels[i]), ...rows(i).map((row) =>
				dom.make("div", null, dom.make("span", { class: "mark " + row[2] }),
					 row[0], dom.make("b", null, row[1]))));
			const left = u.valToPos(u.data[0][i], "x");

			box.style.left = Math.min(left + 12, u.over.clientWidth - box.offsetWidth) + "px";
			box.style.top = "0px";
		}
		return { hooks: { init: (u) => u.over.append(box), setCursor: move } };
	}

	function axis(more) {
		return {
			stroke: colour("muted"), font: "12px " + getComputedStyle(document.body).fontFamily,
			grid: { stroke: colour("line"), width: 1 },
			ticks: { show: false }, ...more,
		};
	}

	/* As many labels as have room, evenly spaced. */
	function splits(n) {
		return (u) => {
			const step = Math.ceil(n / Math.max(2, Math.floor(u.width / 75)));

			return Array.from({ length: Math.ceil(n / step) }, (_, i) => i * step);
		};
	}

	/* Draws anew whenever the place or the theme changes. `options(width)`, `data`. */
	function draw(place, options, data) {
		let plot = null;

		const again = () => {
			const width = place.clientWidth;

			if (!width)
				return;
			if (plot)
				plot.destroy();
			plot = new uPlot({ width, height: HEIGHT, legend: { show: false }, ...options() },
					 data, place);
		};
		let seen = 0;

		new ResizeObserver(() => {
			if (place.clientWidth !== seen)
				again();
			seen = place.clientWidth;
		}).observe(place);
		drawn.push(again);
	}

	function figure(label, legend) {
		const place = dom.make("div", { class: "chart", role: "img", "aria-label": label });

		return [place, dom.make("figure", null, place, legend ? dom.legend(legend) : null)];
	}

	/*
	 * Bars side by side, each a pile of its parts. `parts` are [{ name, colour, values }],
	 * the lowest first; `values` has a number for each of `labels`.
	 */
	function bars({ label, labels, parts, wide }) {
		const [place, element] = figure(label, parts.length > 1 ? parts : null);
		/* From where to where each part of a pile reaches; tops[0] is the ground. */
		const tops = [labels.map(() => 0)];

		for (const part of parts)
			tops.push(part.values.map((value, i) => tops.at(-1)[i] + value));
		const paths = (i) => uPlot.paths.bars({
			size: [wide ? 0.9 : 0.8, 72],
			disp: { y0: { values: () => tops[i] }, y1: { values: () => tops[i + 1] } },
		});

		draw(place, () => ({
			scales: {
				x: { time: false, range: [-0.6, labels.length - 0.4] },
				y: { range: (u, min, max) => [0, max > 0 ? max * 1.05 : 1] },
			},
			axes: [
				axis({ splits: splits(labels.length), grid: { show: false }, size: 30,
				       values: (u, at) => at.map((i) => labels[i]) }),
				axis({ values: (u, at) => at.map(format.short), size: 46 }),
			],
			series: [{}, ...parts.map((part, i) => ({
				fill: colour(part.colour), width: 0, points: { show: false }, paths: paths(i),
			}))],
			cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
			plugins: [tip(labels, (i) => parts.filter((part) => part.values[i]).map((part) =>
				[part.name, format.count(part.values[i]), part.colour]).reverse())],
		}), [labels.map((_, i) => i), ...tops.slice(1)]);
		return element;
	}

	/* Shares foretold against shares observed, both 0 to 1, and the line of perfection. */
	function calibration({ label, bins }) {
		const [place, element] = figure(label, [
			{ name: "what came true", colour: "fresh" },
			{ name: "perfect", colour: "none" },
		]);
		const points = bins.filter((bin) => bin.visits);
		const labels = points.map((bin) => "foretold " + format.share(bin.predicted));
		const share = (u, at) => at.map((x) => Math.round(100 * x) + " %");

		draw(place, () => ({
			scales: { x: { time: false, range: [0, 1] }, y: { range: [0, 1] } },
			axes: [axis({ values: share, size: 30 }), axis({ values: share, size: 52 })],
			series: [{}, {
				stroke: colour("fresh"), width: 2,
				points: { show: true, size: 8, fill: colour("fresh"), stroke: colour("panel") },
			}, { stroke: colour("none"), width: 1, dash: [4, 4], points: { show: false } }],
			cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
			plugins: [tip(labels, (i) => [
				["changed", format.share(points[i].observed), "fresh"],
				["visits", format.count(points[i].visits), "none"],
			])],
		}), [points.map((bin) => bin.predicted), points.map((bin) => bin.observed),
		     points.map((bin) => bin.predicted)]);
		return element;
	}

	function redraw() {
		for (const again of drawn)
			again();
	}

	/* Paper is white whatever the screen is: style sheet and pictures change together. */
	function printing(is) {
		document.documentElement.classList.toggle("printing", is);
		redraw();
	}

	matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
	matchMedia("print").addEventListener("change", (event) => printing(event.matches));

	return { bars, calibration, colour };
})();
