// check.mjs FILE... - the same as check.py, as npm's warcio reads it: every record, every
// digest, every revisit. Prints how many there were.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { WARCParser } from "warcio";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function sha1(bytes) {
  let bits = "";
  for (const byte of createHash("sha1").update(bytes).digest()) {
    bits += byte.toString(2).padStart(8, "0");
  }
  return "sha1:" + bits.match(/.{5}/g).map((five) => alphabet[parseInt(five, 2)]).join("");
}

function same(a, b, what) {
  if (a !== b) throw new Error(`${what}: ${a} is not ${b}`);
}

async function* recordsOf(files, parseHttp) {
  for (const file of files) {
    for await (const record of new WARCParser(createReadStream(file), { parseHttp })) {
      yield record;
    }
  }
}

const files = process.argv.slice(2);
const originals = new Map();
const revisits = [];
let n = 0;

// As blocks.
for await (const record of recordsOf(files, false)) {
  const block = await record.readFully(false);
  same(block.length, record.warcContentLength, "length");
  same(record.warcHeader("WARC-Block-Digest"), sha1(block), "block digest");
  n++;
}

// As HTTP messages.
for await (const record of recordsOf(files, true)) {
  const payload = await record.readFully(false);
  if (record.warcType === "revisit") revisits.push(record);
  if (!["response", "resource"].includes(record.warcType)) continue;
  if (!record.warcHeader("WARC-Truncated")) {
    same(record.warcPayloadDigest, sha1(payload), "payload digest");
  }
  originals.set(`${record.warcTargetURI} ${record.warcDate}`, sha1(payload));
}

// As a player finds what a revisit stands for: by URI and date.
for (const record of revisits) {
  const uri = record.warcRefersToTargetURI;
  if (!uri) continue;
  const digest = originals.get(`${uri} ${record.warcRefersToDate}`);
  same(record.warcPayloadDigest, digest, `revisit of ${uri}`);
}
console.log(`${n} records, ${revisits.length} revisits`);
if (n < 2) throw new Error("no records");
