"use strict";
/* report.js - freshet.report/1, which stands in the page, as a page. */

{
	const report = JSON.parse(document.getElementById("data").textContent);
	const main = document.getElementById("report");

	document.title = `Freshness of ${report.filter.host || "the index"}, ${format.time(report.at)}`;
	main.append(reportHead.draw(report),
		    ...reportParts.map((part) => part(report)).filter(Boolean));
	document.getElementById("about").textContent =
		`The figures are ${report.schema} at ${report.at}; all of them stand in this file, ` +
		"which asks nobody for anything.";
}
