#!/usr/bin/env python3
"""How a server treats the validators that it gave itself: ask_server.py HOST:PORT PATH

Prints one line: the tag it gives plain and compressed, then what it answers to that tag
(plain/compressed, as a weak one, in a list, beside a later and an earlier date), to the
date as given and to a later one, to a marked tag in a list with its plain form, and which
fields its 304 carries. "-" stands where it gives nothing to ask with."""
import email.utils
import http.client
import sys

ADDRESS, PATH = sys.argv[1:]


def ask(**headers):
    connection = http.client.HTTPConnection(ADDRESS, timeout=5)
    connection.request("GET", PATH, headers={k.replace("_", "-"): v for k, v in headers.items()})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def kind(tag):
    if not tag:
        return "none"
    return "weak" if tag.startswith("W/") else "marked" if tag.endswith('-gzip"') else "strong"


def shifted(date, seconds):
    at = email.utils.parsedate_to_datetime(date).timestamp() + seconds
    return email.utils.formatdate(at, usegmt=True)


plain, small = ask(Accept_Encoding="identity"), ask(Accept_Encoding="gzip")
tag, small_tag, date = plain.getheader("ETag"), small.getheader("ETag"), plain.getheader("Last-Modified")
compresses = small.getheader("Content-Encoding") == "gzip"
facts = {"tag": kind(tag) + "/" + (kind(small_tag) if compresses else "-")}


def note(name, wanted, **headers):
    facts[name] = str(ask(**headers).status) if wanted else "-"


note("own", tag, If_None_Match=tag)
note("own_gzip", small_tag and compresses, If_None_Match=small_tag, Accept_Encoding="gzip")
note("W/", tag, If_None_Match=f"W/{tag}" if tag and not tag.startswith("W/") else tag)
note("list", tag, If_None_Match=f'"none", {tag}')
note("tag+later", tag and date, If_None_Match=tag, If_Modified_Since=shifted(date, 86400))
note("tag+earlier", tag and date, If_None_Match=tag, If_Modified_Since=shifted(date, -86400))
note("date", date, If_Modified_Since=date)
note("later", date, If_Modified_Since=shifted(date, 86400))
note("repaired", kind(small_tag) == "marked", Accept_Encoding="gzip",
     If_None_Match=f"{small_tag}, {tag}")
given = ask(If_None_Match=tag) if tag else ask(If_Modified_Since=date)
carried = [n for n in ("ETag", "Last-Modified") if given.getheader(n)]
facts["carries"] = "+".join(carried) or "neither"
print(" ".join(f"{name}={value}" for name, value in facts.items()))
