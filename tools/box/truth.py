#!/usr/bin/env python3
"""What a recrawl of the box must find, computed from the two trees alone.

    truth.py urls|origins|truth|expected SITE_DIR TABLE NET PORT

The pages of a site are its regular files named *.html or *.htm, symbolic links
followed, in either release: that is what all the servers answer with 200, under the
path as it is written (index.html too, so that no server's idea of a directory matters).
`truth` counts them by site; `expected` prints a line "URL TAB class" for each, where the
class is what happens to it when the new release is published: same, differing, added,
removed. Nothing here asks a server or freshet."""
import hashlib
import json
import os
import sys
from urllib.parse import quote

CLASSES = ("same", "differing", "added", "removed")


def pages(root):
    """Path below root -> digest. A link to an outer folder must not loop: each real
    folder is walked once for every way down that does not pass through itself."""
    found = {}

    def walk(folder, above):
        real = os.path.realpath(folder)
        if real in above:
            return
        for entry in sorted(os.scandir(folder), key=lambda e: e.name):
            if entry.is_dir():
                walk(entry.path, above | {real})
            elif entry.is_file() and entry.name.endswith((".html", ".htm")):
                with open(entry.path, "rb") as f:
                    found[os.path.relpath(entry.path, root)] = hashlib.sha256(f.read()).digest()

    walk(root, frozenset())
    return found


def classify(old, new):
    for path in sorted(old.keys() | new.keys()):
        if path not in new:
            yield path, "removed"
        elif path not in old:
            yield path, "added"
        else:
            yield path, "same" if old[path] == new[path] else "differing"


def version(top, release, name):
    try:
        with open(os.path.join(top, release, f".{name}.version"), encoding="ascii") as f:
            return f.read().strip()
    except OSError:
        return None


def sites(top, table, net, port):
    with open(table, encoding="ascii") as f:
        rows = [line.split() for line in f if line.strip() and not line.startswith("#")]
    for name, server, octet, package, _ in rows:
        roots = [os.path.join(top, release, name) for release in ("old", "new")]
        if not all(os.path.isdir(r) for r in roots):
            continue
        yield {
            "name": name, "server": server, "origin": f"http://{net}.{octet}:{port}",
            "package": package, "old": version(top, "old", name),
            "new": version(top, "new", name),
            "urls": list(classify(*(pages(r) for r in roots))),
        }


def main(what, top, table, net, port):
    box = list(sites(top, table, net, port))
    for site in box:
        site["urls"] = [(f"{site['origin']}/{quote(path)}", c) for path, c in site["urls"]]
    if what == "truth":
        for site in box:
            classes = [c for _, c in site.pop("urls")]
            site["pages"] = len(classes)
            site.update({c: classes.count(c) for c in CLASSES})
        print(json.dumps({"sites": box}, indent=1))
        return
    for site in box:
        if what == "origins":
            print(site["origin"], site["name"], site["server"])
        for url, c in site["urls"] if what in ("urls", "expected") else ():
            print(url if what == "urls" else f"{url}\t{c}")


if __name__ == "__main__":
    main(*sys.argv[1:])
