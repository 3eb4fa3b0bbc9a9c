#!/usr/bin/env python3
"""What the README files name exists. Run from the root of the tree; prints TAP."""
import os
import re

import tree

FOLDERS = ["", "crawler", "store", "scheduler", "tests", "tools"]
LINK = re.compile(r"\]\(([^)\s]+)\)")
# A path in backquotes: `store/page.h`, `tests/`; build products and patterns are not files.
QUOTED = re.compile(r"`((?:crawler|store|scheduler|tests|tools)/[\w./-]*)`")
HEADING = re.compile(r"^#+\s+(.*)$", re.M)


def anchors(text):
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-")
            for h in HEADING.findall(text)}


def broken_links(path):
    text = tree.read(path)
    for target in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
        if not os.path.exists(file):
            yield f"{path}: link to {target}"
        elif anchor and anchor not in anchors(tree.read(file)):
            yield f"{path}: no heading for {target}"


def missing_files(path):
    return [f"{path}: `{name}`" for name in QUOTED.findall(tree.read(path))
            if not os.path.exists(name)]


pages = tree.files(".md")
report = tree.Report()
report.claim("each folder tells its story in a README.md", [
    f"{folder or '.'}: none" for folder in FOLDERS
    if not os.path.exists(os.path.join(folder, "README.md"))])
report.claim("links in README files lead somewhere",
             [bad for p in pages for bad in broken_links(p)])
report.claim("files that README files name exist",
             [bad for p in pages for bad in missing_files(p)])
report.end()
