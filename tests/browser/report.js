"use strict";
/* report.js PLAYWRIGHT CHROMIUM FOLDER SHOTS - the HTML reports of FOLDER keep what they promise. */

const fs = require("fs");
const { ARGS, claim, end, intrusions, open } = require("./browser.js");
const [playwright, chromium, folder, shots] = process.argv.slice(2);
const NAMES = ["new", "few", "many", "hostile", "hosts"];
const VIEWS = [
	{ theme: "light", width: 1000 }, { theme: "dark", width: 1000 },
	{ theme: "light", width: 360 }, { theme: "dark", width: 360 },
];
const file = (name) => `${folder}/${name}.html`;

/* ---- run inside of the page ---------------------------------------------------------- */

function tooWide() {
	return document.documentElement.scrollWidth > innerWidth
		? [`${document.documentElement.scrollWidth} px are wanted, there are ${innerWidth}`] : [];
}

function blankCharts() {
	const blank = (canvas) => !canvas.getContext("2d")
		.getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean);

	return [...document.querySelectorAll(".chart")]
		.filter((chart) => !chart.querySelector("canvas") || blank(chart.querySelector("canvas")))
		.map((chart) => chart.getAttribute("aria-label"));
}

function chartsWithoutTable() {
	return [...document.querySelectorAll("[role=img]")]
		.filter((chart) => !chart.closest("td") && !chart.closest("header") &&
			!chart.closest("section").querySelector("details table tbody tr"))
		.map((chart) => chart.getAttribute("aria-label"));
}

/* Text against what is behind it, as WCAG 2 reckons: 4.5 at least. */
function faintTexts() {
	const parse = (colour) => colour.match(/[\d.]+/g).map(Number);
	const light = (colour) => parse(colour).slice(0, 3).map((c) => c / 255)
		.map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
		.reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
	const behind = (element) => {
		for (; element; element = element.parentElement) {
			const colour = getComputedStyle(element).backgroundColor;

			if (parse(colour)[3] !== 0)
				return colour;
		}
		return "rgb(255, 255, 255)";
	};

	return [...document.querySelectorAll("main *, footer")]
		.filter((element) => [...element.childNodes].some((node) => node.nodeType === 3))
		.map((element) => {
			const one = light(getComputedStyle(element).color), two = light(behind(element));

			return [(Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05), element.textContent];
		})
		.filter(([contrast]) => contrast < 4.5)
		.map(([contrast, text]) => `${contrast.toFixed(2)}: ${text.slice(0, 40)}`);
}

function strangers() {
	const wrong = [...document.querySelectorAll("img, svg, iframe, object, embed, form, [onerror], [onload]")];
	const links = [...document.querySelectorAll("a")]
		.filter((a) => !["http:", "https:"].includes(a.protocol) && !a.getAttribute("href").startsWith("#"));

	return [...wrong, ...links].map((element) => element.outerHTML);
}

/* ---- claims ------------------------------------------------------------------------------ */

async function looks(browser, name, view) {
	const { page, troubles, close } = await open(browser, file(name), view);
	const offences = [...await page.evaluate(tooWide), ...await page.evaluate(blankCharts),
			  ...await page.evaluate(faintTexts)];

	await page.screenshot({ path: `${shots}/report-${name}-${view.theme}-${view.width}.png`, fullPage: true });
	await close();
	return [...troubles, ...offences];
}

async function hostileNames(browser) {
	const { page, troubles, close } = await open(browser, file("hostile"));
	const text = await page.evaluate(() => document.body.innerText);
	const missing = ["javascript:alert('name')", "<img src=x onerror=alert(1)>", "<script>alert(2)</script>",
			 "<svg onload=alert(3)>"].filter((hostile) => !text.includes(hostile));
	const found = await page.evaluate(strangers);

	await close();
	return [...troubles, ...found, ...missing.map((hostile) => `not shown: ${hostile}`)];
}

async function foreignCode(browser) {
	const { page, close } = await open(browser, file("few"));
	const offences = await intrusions(page);

	await close();
	return offences;
}

async function keyboard(browser) {
	const { page, close } = await open(browser, file("many"));
	const closed = await page.locator("details:not([open])").count();
	const offences = [];
	let opened = 0;

	for (let i = 0; i < 200 && opened < closed; i++) {
		await page.keyboard.press("Tab");
		const at = await page.evaluate(() => {
			const style = getComputedStyle(document.activeElement);

			return { tag: document.activeElement.tagName, seen: style.outlineStyle !== "none" };
		});

		if (at.tag === "BODY")
			break;
		if (!at.seen)
			offences.push(`no focus to be seen on ${at.tag}`);
		if (at.tag === "SUMMARY") {
			await page.keyboard.press("Enter");
			opened++;
		}
	}
	const left = await page.locator("details:not([open])").count();

	await page.screenshot({ path: `${shots}/report-tables.png`, fullPage: true });
	await close();
	return [...offences, ...(left || !closed ? [`${left} of ${closed} tables stay closed`] : [])];
}

async function paper(browser) {
	const { page, close } = await open(browser, file("many"), { theme: "dark" });
	const screen = await page.evaluate(() => chart.colour("ink"));

	await page.emulateMedia({ media: "print", colorScheme: "dark" });
	await page.waitForFunction(() => document.documentElement.classList.contains("printing"));
	const ink = await page.evaluate(() => chart.colour("ink"));
	const offences = [...await page.evaluate(blankCharts), ...await page.evaluate(faintTexts)];

	await page.screenshot({ path: `${shots}/report-paper.png`, fullPage: true });
	await page.emulateMedia({ media: "screen", colorScheme: "dark" });
	await page.waitForFunction((was) => chart.colour("ink") === was, screen);
	await page.pdf({ path: `${shots}/report.pdf`, format: "A4" });
	await close();
	return ink === screen ? ["it is as dark as on the screen"] : offences;
}

async function sentences(browser) {
	const wanted = { new: /^1 page waits for a first visit\.$/, few: /% of 10 pages are as the index has them\.$/,
			 many: /^\d\d\.\d\s% of [\d,]+ pages are as the index has them\.$/ };
	const offences = [];

	for (const [name, pattern] of Object.entries(wanted)) {
		const { page, close } = await open(browser, file(name));
		const said = await page.locator("h1").innerText();

		if (!pattern.test(said))
			offences.push(`${name}: ${said}`);
		await close();
	}
	return offences;
}

/* What README.md shows: cp build/browser/report-picture.png tools/web/report.png */
async function picture(browser) {
	const { page, close } = await open(browser, file("many"), { width: 960, height: 880 });

	await page.screenshot({ path: `${shots}/report-picture.png` });
	await close();
}

(async () => {
	const browser = await require(playwright).chromium.launch({
		executablePath: chromium, headless: true, args: ARGS,
	});

	for (const name of NAMES)
		for (const view of VIEWS)
			await claim(`${name}, ${view.theme}, ${view.width} px: whole, legible, quiet`,
				    () => looks(browser, name, view));
	await claim("one sentence says how the index stands", () => sentences(browser));
	await claim("hostile names and URLs are text, and only http is linked (REQ 73)", () => hostileNames(browser));
	await claim("no other script, style or picture gets in (REQ 73)", () => foreignCode(browser));
	await claim("every picture has its table", async () => {
		const { page, close } = await open(browser, file("many"));
		const found = await page.evaluate(chartsWithoutTable);

		await close();
		return found;
	});
	await claim("all of it can be reached and opened by keyboard, and the focus is seen", () => keyboard(browser));
	await claim("on paper it is dark on white", () => paper(browser));
	await claim("it stays under 1 MB with thousands of hosts and ten years", () =>
		NAMES.filter((name) => fs.statSync(file(name)).size > 1e6));
	await picture(browser);
	await browser.close();
	end();
})();
