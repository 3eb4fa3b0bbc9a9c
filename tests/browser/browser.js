"use strict";
/* browser.js - what the browser tests share: Chromium without a network, and TAP. */

const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
	      "--disable-background-networking", "--disable-component-update", "--disable-sync"];

let n = 0, failed = 0;

/* One claim: holds unless `offences` (a list, or what makes one) has any. */
async function claim(text, offences) {
	let found;

	try {
		found = typeof offences === "function" ? await offences() : offences;
	} catch (error) {
		found = [error.message];
	}
	n++;
	failed += found.length > 0;
	console.log(`${found.length ? "not ok" : "ok"} ${n} - ${text}`);
	for (const line of found.slice(0, 20))
		console.log(`# ${String(line).replace(/\n/g, "\n# ")}`);
}

function end() {
	console.log(`1..${n}`);
	process.exitCode = failed ? 1 : 0;
}

/* What a page lets do that gets markup into it after all. */
async function intrusions(page) {
	await page.evaluate(() => {
		const script = document.createElement("script");

		script.textContent = "window.intruded = true";
		document.body.append(script);
		document.body.insertAdjacentHTML("beforeend", "<img src=http://127.0.0.1:9/ onerror='window.intruded = 1'>" +
			"<style>body { display: none }</style>");
	});
	await page.waitForTimeout(200);
	return await page.evaluate(() => window.intruded || getComputedStyle(document.body).display === "none")
		? ["it ran, or styled"] : [];
}

/* All that it says, throws and opens. */
function listen(page) {
	const troubles = [];

	page.on("console", (message) => troubles.push(`${message.type()}: ${message.text()}`));
	page.on("pageerror", (error) => troubles.push(`threw ${error.message}`));
	page.on("dialog", (dialog) => troubles.push(`opened '${dialog.message()}'`) && dialog.dismiss());
	return troubles;
}

/* A page of `file`, and in `troubles` all that it says, throws, asks for or opens. */
async function open(browser, file, { theme = "light", width = 1000, height = 900 } = {}) {
	const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme });
	const page = await context.newPage();
	const troubles = listen(page);

	page.on("request", (request) => {
		if (request.url() !== "file://" + file)
			troubles.push(`asked for ${request.url()}`);
	});
	await page.goto("file://" + file);
	await page.waitForFunction(() => document.title !== "Freshness report");
	/* Charts are drawn when their places are measured. */
	await page.evaluate(() => new Promise((done) =>
		requestAnimationFrame(() => requestAnimationFrame(done))));
	return { page, troubles, close: () => context.close() };
}

module.exports = { ARGS, claim, end, intrusions, listen, open };
