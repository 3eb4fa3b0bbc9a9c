"""First crawls of pages of some 10 KB: (name, command, what makes ready before each round).

freshet and Scrapy read the text out of them; the others only write files."""
import os
import shutil
import subprocess

import peers
import slow_peers
from files import write

SCRAPY_PAGES = 500


def drop(*folders):
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def freshet(origin, top, program):
    urls, db = write(f"{top}/articles.txt", map(origin.url, origin.articles)), f"{top}/articles-db"

    def seed():
        drop(db)
        subprocess.run([program, "--db", db, "-q", "seed", urls], check=True)

    yield "freshet, first crawl", peers.freshet_run(program, db), seed
    # From the store that the first crawl has left; each round is another edition.
    yield "freshet, all changed", peers.freshet_run(program, db, "--force"), origin.publish


def mirrors(origin, top):
    urls, folder = f"{top}/articles.txt", f"{top}/first"
    for tool in ("wget2", "wget"):
        yield f"{tool}, files only", [tool, "-q", "-x", "-P", folder, "-i", urls], \
            lambda: drop(folder)
    names = []
    for at in range(0, len(origin.articles), peers.CHUNK):
        lines = []
        for page in origin.articles[at:at + peers.CHUNK]:
            lines += [f'url = "{origin.url(page)}"', f'output = "{folder}/{page[0]}-{page[1]}"']
        names.append(write(f"{top}/curl/first-{at}.conf", lines))
    listed = write(f"{top}/curl/first", names)

    def empty():
        drop(folder)
        os.makedirs(folder)

    yield "curl --parallel, files only", [
        "xargs", "-a", listed, "-n", "1", "curl", "-s", "--parallel", "--parallel-max", "64",
        "-K"], empty


def scrapy(origin, top):
    urls = write(f"{top}/scrapy-first.txt",
                 map(origin.url, origin.articles[:SCRAPY_PAGES]))
    yield "Scrapy, text and cache", slow_peers.scrapy_command(top, urls), \
        lambda: drop(f"{top}/scrapy")


def all_crawlers(origin, top, program):
    yield from freshet(origin, top, program)
    yield from mirrors(origin, top)
    yield from scrapy(origin, top)
