"""The origin of the benchmark: a generated site behind nginx on core 0.

Many addresses of 127.88.0.0/16 stand for many hosts; each has its own pages, small, with
ETag and Last-Modified, and nothing changes during the run."""
import os
import signal
import subprocess
import time
import urllib.request

PORT = int(os.environ.get("PORT", "8090"))
MODIFIED = 1_700_000_000

CONF = """
daemon off;
worker_processes 1;
worker_rlimit_nofile {files};
pid {top}/pid;
error_log {top}/error.log crit;
events {{ worker_connections {connections}; }}
http {{
	types {{ text/html html; }}
	client_body_temp_path {top}/t1; proxy_temp_path {top}/t2; fastcgi_temp_path {top}/t3;
	uwsgi_temp_path {top}/t4; scgi_temp_path {top}/t5;
	log_format status '$status $uri';
	access_log {top}/access.log status buffer=64k flush=200ms;
	open_file_cache max={cache} inactive=1h;
	open_file_cache_valid 1h;
	keepalive_requests 1000000000;
	keepalive_timeout 300s;
	server {{
		{listen}
		root {top}/site/$server_addr;
	}}
}}
"""


def text(host, number):
    """About 1.5 KB of words that no other page has in this order."""
    seed = host * 100_003 + number
    words = " ".join(f"w{(seed * 7919 + k * k * 31) % 9973}" for k in range(220))
    return f"<!doctype html><title>Page {number} of {host}</title>\n<p>{words}</p>\n"


def article(host, number, edition):
    """About 10 KB of HTML with the usual things around its text; one of its 20 paragraphs
    is the edition's."""
    links = "".join(f'<li class="nav-item"><a href="/section{k}/index.html">Section {k}</a>'
                    for k in range(20))
    parts = []
    for k in range(20):
        seed = host * 100_003 + number * 31 + k * 7 + (edition * 13 if k == edition % 20 else 0)
        words = " ".join(f"w{(seed * 7919 + j * j * 31) % 9973}" for j in range(60))
        parts.append(f'<h2 id="p{k}">Part {k}</h2>\n<p class="text">{words} '
                     f'<a href="article{number + k}.html">more</a></p>\n')
    return ("<!doctype html><html lang=en><head><meta charset=utf-8>"
            f"<title>Article {number} of {host}</title>"
            '<link rel=stylesheet href="/style.css"><script>var page = {};</script></head>'
            f"<body><nav><ul>{links}</ul></nav>\n<main>{''.join(parts)}</main>\n"
            "<footer>All rights reserved</footer></body></html>\n")


class Origin:
    def __init__(self, top, n_pages, n_hosts, n_articles=0):
        self.top, self.n_pages, self.n_hosts = os.path.abspath(top), n_pages, n_hosts
        self.n_articles, self.edition = n_articles, 0
        self.addresses = [f"127.88.{i // 250}.{i % 250 + 1}" for i in range(n_hosts)]
        self.pages = []  # (address, path, ETag), one host after another
        self.articles = []  # (address, path), hosts take turns
        self.process = None

    def generate(self):
        for h, address in enumerate(self.addresses):
            folder = os.path.join(self.top, "site", address)
            os.makedirs(folder, exist_ok=True)
            for i in range(h, self.n_pages, self.n_hosts):
                path = os.path.join(folder, f"page{i}.html")
                if not os.path.exists(path):
                    with open(path, "w", encoding="ascii") as f:
                        f.write(text(h, i))
                    os.utime(path, (MODIFIED, MODIFIED))
                tag = f'"{MODIFIED:x}-{os.path.getsize(path):x}"'
                self.pages.append((address, f"page{i}.html", tag))
        self.articles = [(self.addresses[i % self.n_hosts], f"article{i}.html")
                         for i in range(self.n_articles)]
        self.write_articles()

    def write_articles(self):
        for i, (address, name) in enumerate(self.articles):
            path = os.path.join(self.top, "site", address, name)
            with open(path, "w", encoding="ascii") as f:
                f.write(article(i % self.n_hosts, i, self.edition))
            os.utime(path, (MODIFIED + self.edition, MODIFIED + self.edition))

    def publish(self):
        """Another edition: one paragraph of every article. A new worker has no open files."""
        self.edition += 1
        self.write_articles()
        self.process.send_signal(signal.SIGHUP)
        time.sleep(1)

    def interleaved(self):
        """The pages as a list that nobody has sorted: hosts take turns."""
        return sorted(self.pages, key=lambda p: int(p[1][4:-5]))

    @staticmethod
    def url(page):
        return f"http://{page[0]}:{PORT}/{page[1]}"

    def start(self):
        import resource
        files = min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 200_000)
        listen = " ".join(f"listen {a}:{PORT};" for a in self.addresses)
        with open(f"{self.top}/conf", "w", encoding="ascii") as f:
            f.write(CONF.format(top=self.top, listen=listen, files=files,
                                connections=2 * files // 5, cache=11 * files // 20))
        user = ["-g", "user root;"] if os.geteuid() == 0 else []
        self.process = subprocess.Popen(
            ["taskset", "-c", "0", "nginx", "-e", f"{self.top}/error.log", "-p", self.top,
             "-c", f"{self.top}/conf", *user], stdin=subprocess.DEVNULL)
        for _ in range(100):
            try:
                urllib.request.urlopen(self.url(self.pages[0]), timeout=2).read()
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("bench: nginx does not start, see " + self.top + "/error.log")

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()

    def answered(self):
        """(pages answered, of them 304) since the last call, by nginx's own log."""
        time.sleep(0.5)  # its buffer is written every 200 ms
        log = f"{self.top}/access.log"
        with open(log, encoding="ascii") as f:
            lines = [line for line in f if line.endswith(".html\n")]
        os.truncate(log, 0)
        return len(lines), sum(line.startswith("304") for line in lines)
