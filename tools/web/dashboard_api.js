"use strict";
/* dashboard_api.js - how the dashboard asks its own server; nobody else is ever asked. */

const api = (() => {
	/* Fails with what the server says is wrong. */
	async function ask(path, parameters, options) {
		const query = new URLSearchParams(parameters).toString();
		const answer = await fetch(path + (query ? "?" + query : ""), { cache: "no-store", ...options });

		if (!answer.ok) {
			const wrong = await answer.json().catch(() => null);

			throw new Error(wrong ? wrong.error : `status ${answer.status}`);
		}
		return answer;
	}

	return {
		async get(name, parameters = {}) {
			return (await ask("/api/v1/" + name, parameters)).json();
		},

		/* The token is for this call alone; nothing keeps it. */
		async post(name, body, token) {
			return (await ask("/api/v1/" + name, {}, {
				method: "POST", body, headers: { Authorization: "Bearer " + token },
			})).json();
		},

		/* Calls `task` now and every `seconds`, while the page is looked at. */
		every(seconds, task) {
			let due = 0, busy = false;

			async function tick() {
				if (document.hidden || busy || Date.now() < due)
					return;
				busy = true;
				due = Date.now() + 1000 * seconds - 50;
				await task().catch(() => {});
				busy = false;
			}
			setInterval(tick, Math.min(1000 * seconds, 1000));
			document.addEventListener("visibilitychange", tick);
			return tick();
		},
	};
})();
