"""The result as text for people and as the tables of README.md.

  tables.py build/bench/result.json     prints the latter"""
import json
import sys

COLUMNS = ("requests/s", "CPU us each", "peak MiB", "requests", "304")


def cells(row):
    late = "" if row["in_time"] else " (stopped)"
    return (f"{row['per_second']:,.0f}{late}", f"{row['cpu_us']:.1f}",
            f"{row['peak_kib'] / 1024:.0f}", f"{row['requests']:.0f}", f"{row['share_304']:.0%}")


def text_table(title, rows):
    print(f"\n{title:38}" + "".join(f"{c:>13}" for c in COLUMNS))
    for row in rows:
        print(f"{row['name']:38}" + "".join(f"{c:>13}" for c in cells(row)))


def markdown_table(title, rows):
    print(f"| {title} | " + " | ".join(COLUMNS) + " |")
    print("| --- " * (len(COLUMNS) + 1) + "|")
    for row in rows:
        print(f"| {row['name']} | " + " | ".join(cells(row)) + " |")


def store_lines(result):
    s = result["store"]
    yield (f"seeding {s['lines']:,} lines: {s['lines_per_second']:,.0f} lines/s new "
           f"({s['cpu_us']:.1f} us CPU), {s['known_lines_per_second']:,.0f} known; "
           f"{s['bytes_per_page']:.0f} bytes stored a page")
    yield (f"on them: report {s['report_seconds']:.2f} s, verify {s['verify_seconds']:.1f} s, "
           f"start {s['start_seconds']:.2f} s")
    yield (f"first crawl: {result['articles_bytes_per_page']:.0f} bytes stored a page of "
           "10 KB, its body included")


def show(result):
    m = result["machine"]
    print(f"\n{m['cores']} cores, {m['cpu']}, load {m['load_before']:.1f} before; "
          f"{result['pages']} pages on {result['hosts']} hosts, medians of {result['rounds']} "
          "rounds; requests and 304s as nginx logged them")
    text_table("recheck with", result["recheck"])
    text_table("304s without a store", result["engines"])
    text_table("first crawl with", result["crawl"])
    print()
    for line in store_lines(result):
        print(line)


def markdown(result):
    for title, key in (("recheck with", "recheck"), ("304s without a store", "engines"),
                       ("first crawl with", "crawl")):
        markdown_table(title, result[key])
        print()
    for line in store_lines(result):
        print(f"- {line}")


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        markdown(json.load(file))
