"use strict";
/* format.js - numbers, shares and times as people read them. */

const format = {
	NONE: "–",

	count(n) {
		return n == null ? format.NONE : n.toLocaleString("en");
	},

	/* For axes: 1200 is 1.2k. */
	short(n) {
		const steps = [[1e9, "G"], [1e6, "M"], [1e3, "k"]];

		for (const [size, letter] of steps)
			if (n >= size)
				return +(n / size).toPrecision(3) + letter;
		return String(+n.toPrecision(3));
	},

	/* 0.99996 of many is not all of them: only what is whole is "100". */
	share(x, digits = 1) {
		if (x == null)
			return format.NONE;
		const text = (100 * x).toFixed(digits);

		if (x < 1 && +text === 100)
			return "> " + (100 - 10 ** -digits).toFixed(digits) + "\u00a0%";
		if (x > 0 && +text === 0)
			return "< " + (10 ** -digits).toFixed(digits) + "\u00a0%";
		return text + "\u00a0%";
	},

	bytes(n) {
		const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
		let i = 0;

		if (n == null)
			return format.NONE;
		for (; n >= 1024 && i + 1 < units.length; i++)
			n /= 1024;
		return (i ? n.toFixed(1) : n) + " " + units[i];
	},

	duration(s) {
		const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

		if (s == null)
			return format.NONE;
		for (const [size, name] of units)
			if (s >= size)
				return +(s / size).toPrecision(2) + " " + name;
		return Math.round(s * 1000) + " ms";
	},

	/* "26 Nov 2026, 11:14 UTC" */
	time(iso) {
		return format.day(iso) + " " + iso.slice(0, 4) + ", " + iso.slice(11, 16) + " UTC";
	},

	/* "26 Nov" */
	day(iso) {
		const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

		return +iso.slice(8, 10) + " " + months[iso.slice(5, 7) - 1];
	},

	plural(n, one, many = one + "s") {
		return format.count(n) + " " + (n === 1 ? one : many);
	},

	/* "+12 %", against what it was; "" where that says nothing. */
	change(now, before) {
		if (!before || now == null)
			return "";
		const percent = 100 * (now / before - 1);

		if (Math.abs(percent) < 0.5)
			return "as before";
		return percent < 1000 ? (percent > 0 ? "+" : "−") + Math.abs(percent).toFixed(0) + "\u00a0%"
				      : format.short(now / before) + " times";
	},
};
