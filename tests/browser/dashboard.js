"use strict";
/* dashboard.js PLAYWRIGHT CHROMIUM URL SITE SHOTS PID - the dashboard at URL, of the run PID
 * that visits SITE, keeps what it promises. Ends that run. */

const { ARGS, claim, end, intrusions, listen } = require("./browser.js");
const [playwright, chromium, base, site, shots, pid] = process.argv.slice(2);
const HOSTILE = site + "/script/1";
const VIEWS = [
	{ theme: "light", width: 1000 }, { theme: "dark", width: 1000 },
	{ theme: "light", width: 360 }, { theme: "dark", width: 360 },
];

/* The dashboard, and in `troubles` all that it says, throws, opens, or asks elsewhere. */
async function open(browser, { theme = "light", width = 1000, height = 900, hash = "" } = {}) {
	const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme });
	const page = await context.newPage();
	const troubles = listen(page);

	/* A request that the policy forbids is announced, too, and then never made. */
	const outside = (request) => !request.url().startsWith(base) && troubles.push(`asked for ${request.url()}`);

	page.on("requestfinished", outside);
	page.on("requestfailed", (request) => request.failure().errorText !== "csp" && outside(request));
	await page.goto(base + hash);
	await page.waitForSelector("#visits tbody tr");
	await page.waitForSelector("#hosts tbody tr");
	return { page, troubles, close: () => context.close() };
}

const named = (url) => "#page=" + encodeURIComponent(url);

function tooWide() {
	return document.documentElement.scrollWidth > innerWidth
		? [`${document.documentElement.scrollWidth} px are wanted, there are ${innerWidth}`] : [];
}

function strangers() {
	const wrong = [...document.querySelectorAll("img, svg, object, embed, [onerror], [onload], [onclick]")];
	const links = [...document.querySelectorAll("a")].filter((a) => !["http:", "https:"].includes(a.protocol));

	return [...wrong, ...links].map((element) => element.outerHTML);
}

async function looks(browser, view) {
	const { page, troubles, close } = await open(browser, { ...view, hash: named(site + "/page/1") });

	await page.waitForSelector("#page .facts");
	const offences = await page.evaluate(tooWide);

	await page.screenshot({ path: `${shots}/dashboard-${view.theme}-${view.width}.png`, fullPage: true });
	await close();
	return [...troubles, ...offences];
}

async function hostileTexts(browser) {
	const { page, troubles, close } = await open(browser, { hash: named(HOSTILE) });
	const wanted = ["<img src=x onerror=alert(1)>\"'<b>"];

	await page.waitForSelector("#page .title");
	for (const url of ["/'%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E", "/%3Csvg%20onload=alert(2)%3E"]) {
		await page.fill("#page input[type=url]", site + url);
		await page.press("#page input[type=url]", "Enter");
		await page.waitForFunction((text) => document.querySelector("#page .about").textContent.includes(text),
					   url.slice(-12));
	}
	await page.fill("#page input[type=url]", HOSTILE);
	await page.press("#page input[type=url]", "Enter");
	await page.waitForFunction((text) => document.querySelector("#page").innerText.includes(text), wanted[0]);
	const found = await page.evaluate(strangers);

	await close();
	return [...troubles, ...found];
}

async function sandbox(browser) {
	const { page, troubles, close } = await open(browser, { hash: named(HOSTILE) });

	await page.locator("#page summary", { hasText: "Stored page" }).click();
	const frame = await (await page.waitForSelector("#page iframe")).contentFrame();

	await frame.waitForSelector("p");
	await page.waitForTimeout(1500); /* time for what must not happen */
	const text = await frame.evaluate(() => document.body.innerText).catch(() => "");
	const offences = [
		await page.evaluate(() => window.taken) && "its script reached the dashboard",
		await page.getAttribute("#page iframe", "sandbox") !== "" && "the sandbox has rights",
		frame.url() !== base + "page?url=" + encodeURIComponent(HOSTILE) && `it went to ${frame.url()}`,
		text && !text.includes("words") && `it shows ${text}`,
	].filter(Boolean);
	/* What the browser says when it forbids something is the point here. */
	const worse = troubles.filter((trouble) => !/Blocked script execution|Content Security Policy|sandboxed/.test(trouble));

	await page.screenshot({ path: `${shots}/dashboard-page.png`, fullPage: true });
	await close();
	return [...worse, ...offences];
}

async function keyboard(browser) {
	const { page, troubles, close } = await open(browser);
	const offences = [];
	let at = "";

	for (let i = 0; i < 60 && at !== "INPUT"; i++) {
		await page.keyboard.press("Tab");
		at = await page.evaluate(() => document.activeElement.tagName);
		if (await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle === "none"))
			offences.push(`no focus to be seen on ${at}`);
	}
	await page.keyboard.type(site + "/page/2");
	await page.keyboard.press("Enter");
	await page.waitForSelector("#page .facts");
	/* On to the table of visits, opened by its key. */
	for (let i = 0; i < 20; i++) {
		await page.keyboard.press("Tab");
		if (await page.evaluate(() => document.activeElement.textContent === "Table" &&
				!!document.activeElement.closest("#page")))
			break;
	}
	await page.keyboard.press("Enter");
	await page.waitForSelector("#page details[open] tbody tr");
	await close();
	return [...troubles, ...offences];
}

async function tail(browser) {
	const { page, troubles, close } = await open(browser);

	await page.locator("#visits tbody button").first().hover(); /* now the rows stand still */
	const url = await page.locator("#visits tbody button").first().innerText();

	await page.locator("#visits tbody button").first().click();
	await page.waitForFunction((wanted) => {
		const about = document.querySelector("#page .about");

		return about && about.textContent === wanted;
	}, url);
	await close();
	return troubles;
}

async function token(browser) {
	const { page, troubles, close } = await open(browser, { hash: named(site + "/page/3") });
	const says = page.locator("#page [role=status]");

	await page.waitForSelector("#page input[type=password]");
	await page.fill("#page input[type=password]", "wrong-wrong-wrong-wrong");
	await page.press("#page input[type=password]", "Enter");
	await page.waitForFunction(() => document.querySelector("#page [role=status]").textContent);
	const first = await says.innerText();

	await page.fill("#page input[type=password]", "0123456789abcdef-token");
	await page.press("#page input[type=password]", "Enter");
	await page.waitForFunction(() => document.querySelector("#page [role=status]").textContent === "It is due now.");
	await close();
	return [...troubles.filter((trouble) => !trouble.includes("401")),
		...(first.includes("token") ? [] : [`it said '${first}'`])];
}

async function foreignCode(browser) {
	const { page, close } = await open(browser);
	const offences = await intrusions(page);

	await close();
	return offences;
}

async function unknown(browser) {
	const { page, troubles, close } = await open(browser, { hash: named("http://nowhere.example/") });

	await page.waitForSelector("#page .wrong");
	const said = await page.locator("#page .wrong").innerText();

	await close();
	return [...troubles.filter((trouble) => !trouble.includes("404")), ...(said === "no such page" ? [] : [said])];
}

/* An address that was cut in the middle of an escape, as chats and mails do. */
async function cut(browser) {
	const { page, troubles, close } = await open(browser, { hash: "#page=http%3A%2F%2Fnowhere.example%2F%" });

	await page.waitForSelector("#page .wrong");
	await close();
	return troubles.filter((trouble) => !trouble.includes("404"));
}

/* What README.md shows: cp build/browser/dashboard-picture.png tools/web/dashboard.png */
async function picture(browser) {
	const { page, close } = await open(browser, { width: 960, height: 1150, hash: named(site + "/fresh/1") });

	await page.waitForSelector("#page .facts");
	await page.evaluate(() => scrollTo(0, 0));
	await page.screenshot({ path: `${shots}/dashboard-picture.png` });
	await close();
}

async function away(browser) {
	const { page, close } = await open(browser);

	process.kill(+pid, "SIGTERM");
	await page.waitForFunction(() => document.querySelector(".pulse").textContent.startsWith("no answer"));
	const kept = await page.locator("#visits tbody tr").count();

	await close();
	return kept ? [] : ["what was known is gone"];
}

(async () => {
	const browser = await require(playwright).chromium.launch({
		executablePath: chromium, headless: true, args: ARGS,
	});

	for (const view of VIEWS)
		await claim(`the dashboard is well drawn and asks nobody else: ${view.theme}, ${view.width} px`,
			    () => looks(browser, view));
	await claim("hostile titles and URLs are text, links go to http(s) only (REQ 73)", () => hostileTexts(browser));
	await claim("a stored page runs nothing and asks nobody", () => sandbox(browser));
	await claim("no other script or style runs (REQ 73)", () => foreignCode(browser));
	await claim("a page is looked up with the keyboard alone", () => keyboard(browser));
	await claim("a visit in the tail leads to its page", () => tail(browser));
	await claim("a page is visited at once, with the token (REQ 86)", () => token(browser));
	await claim("a page that is not known is said to be so", () => unknown(browser));
	await claim("an address that was cut is looked up as far as it goes", () => cut(browser));
	await picture(browser);
	await claim("when the run has gone, it says so and keeps what it knew", () => away(browser));
	await browser.close();
	end();
})();
