"""Tools that take seconds for what the others do in a blink: each gets fewer pages, and the
table says how many."""
import os
import shutil
import subprocess

from files import write

ARIA_PAGES, HTTRACK_PAGES, SCRAPY_PAGES = 2000, 50, 1000
HTTRACK_SECONDS = 120  # for its first crawl, at about a page a second
SPIDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "spider.py")


def aria2(origin, top):
    """Asks with the date of the mirror's file."""
    lines = []
    for page in origin.interleaved()[:ARIA_PAGES]:
        lines += [origin.url(page), f" dir={top}/mirror/{page[0]}", f" out={page[1]}"]
    name = write(f"{top}/aria2.txt", lines)
    yield "aria2 --conditional-get", [
        "aria2c", "-q", "--no-conf", "--conditional-get=true", "--allow-overwrite=true",
        "--auto-file-renaming=false", "--remote-time=true", "-j", "64", "-i", name]


def httrack(origin, top):
    urls = write(f"{top}/httrack.txt", map(origin.url, origin.interleaved()[:HTTRACK_PAGES]))
    command = ["httrack", "-q", "-%v0", "-O", f"{top}/httrack", "--list", urls, "-r1", "-s0",
               "--disable-security-limits", "-A1000000000", "-c16", "-%c1000", "-I0"]
    if shutil.which("httrack"):
        shutil.rmtree(f"{top}/httrack", ignore_errors=True)
        subprocess.run(["timeout", "-k", "1", str(HTTRACK_SECONDS), *command], check=False,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
    yield "HTTrack --update", [*command, "--update"]


def scrapy_command(top, urls):
    return ["scrapy", "runspider", SPIDER, "-a", f"urls={urls}", "-s",
            f"HTTPCACHE_DIR={top}/scrapy"]


def scrapy(origin, top):
    urls = write(f"{top}/scrapy.txt", map(origin.url, origin.interleaved()[:SCRAPY_PAGES]))
    command = scrapy_command(top, urls)
    if shutil.which("scrapy"):
        shutil.rmtree(f"{top}/scrapy", ignore_errors=True)
        subprocess.run(command, check=False, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield "Scrapy, HTTP cache", command
