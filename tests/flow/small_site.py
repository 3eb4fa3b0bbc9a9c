#!/usr/bin/env python3
"""Writes two releases of a small site: small_site.py SITE_DIR NAME...

Of 40 pages 24 stay (under a newer date), 8 get other words, 4 only other markup, 2 keep
their date and length class but not their bytes, 1 goes and 1 comes: what a release of a
real site does, small enough for a test."""
import os
import sys

N_PAGES = 40
OLD_TIME, NEW_TIME = 1700000000, 1720000000


def page(i, release):
    words = " ".join(f"word{(i * 31 + k * 7) % 997}" for k in range(120))
    markup = "<p>"
    if release == "new":
        if i < 8:
            words += " and a sentence of the new release"
        elif i < 12:
            markup = '<p class="wide">'
        elif i < 14:
            words = words.replace("word1", "word2")
    return f"<!doctype html><title>page {i}</title><h1>Page {i}</h1>{markup}{words}</p>\n"


def write(folder, release):
    gone = {"old": N_PAGES - 1, "new": N_PAGES - 2}[release]
    os.makedirs(os.path.join(folder, "more"))
    for i in range(N_PAGES):
        if i == gone:
            continue
        path = os.path.join(folder, "more" if i % 4 == 0 else "", f"page{i}.html")
        with open(path, "w", encoding="ascii") as f:
            f.write(page(i, release))
        when = OLD_TIME if release == "old" else NEW_TIME
        os.utime(path, (when, when))


for name in sys.argv[2:]:
    for release in ("old", "new"):
        write(os.path.join(sys.argv[1], release, name), release)
