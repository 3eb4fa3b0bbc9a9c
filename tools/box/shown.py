"""What a page shows, and in what two releases of it differ: made with Python's own parser and
nothing of freshet, so that the two can be held against each other.

A difference is the first of these that holds:

    same      the bytes are equal
    markup    the words shown are equal
    volatile  ... once dates, times and the package's own version are left out
    digits    ... once all digits are left out: figures of sections and tables, numbers
    text      the words differ

Dates and times are left out wherever they stand: whether a date is news cannot be seen from
two files. The package's version is what Debian calls it, without epoch and revision, in the
old release the old one and in the new release the new one; any other number counts."""
import re
from html.parser import HTMLParser

BREAKS = set("""address article aside blockquote body br caption center dd details div dl dt
fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html legend li main menu
nav ol option p pre section select summary table tbody td textarea tfoot th thead title tr
ul""".split())
UNSEEN = set("script style template noscript svg iframe object audio video canvas".split())
CLASSES = ("same", "markup", "volatile", "digits", "text")

MONTHS = ("jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
          "sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?")
DATES = re.compile(
    rf"""\b(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\ )?
    (?:\d{{4}}-\d\d-\d\d | \d{{1,2}}[./]\d{{1,2}}[./]\d{{4}} |
       (?:{MONTHS})\.?\ \d{{1,2}},?\ \d{{4}} | \d{{1,2}}\ (?:{MONTHS})\.?,?\ \d{{4}})\b""",
    re.I | re.X)
TIMES = re.compile(r"\b\d{1,2}:\d\d(?::\d\d)?(?: ?(?:UTC|GMT|[ap]m)\b)?", re.I)


class Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.words, self.unseen = [], []

    def handle_starttag(self, tag, attrs):
        if tag in UNSEEN:
            self.unseen.append(tag)
        elif tag in BREAKS:
            self.words.append(" ")

    def handle_endtag(self, tag):
        if self.unseen and self.unseen[-1] == tag:
            self.unseen.pop()
        elif tag in BREAKS:
            self.words.append(" ")

    def handle_data(self, data):
        if not self.unseen:
            self.words.append(data)


def words(page):
    """The words of a page, a space apart. `page` is its bytes."""
    match = re.search(rb"charset=[\"']?([-\w]+)", page[:2048], re.I)
    try:
        text = page.decode(match.group(1).decode("ascii") if match else "utf-8")
    except (LookupError, UnicodeDecodeError):
        text = page.decode("utf-8", "replace")
    reader = Reader()
    reader.feed(text)
    reader.close()
    return " ".join("".join(reader.words).split())


def upstream(version):
    """15.18 of 15.18-0+deb12u1, 2.39.5 of 1:2.39.5-0+deb12u3."""
    return re.split(r"[-+~]", version.split(":")[-1])[0]


def settled(text, version):
    """Without what changes from release to release by itself."""
    text = re.sub(rf"(?<![\w.]){re.escape(upstream(version))}(?![\w]|\.\d)", "VERSION", text)
    return TIMES.sub("TIME", DATES.sub("DATE", text))


def difference(old, new, old_version, new_version):
    """The class of a page that has become `new`; both are bytes."""
    if old == new:
        return "same"
    before, after = words(old), words(new)
    if before == after:
        return "markup"
    before, after = settled(before, old_version), settled(after, new_version)
    if before == after:
        return "volatile"
    bare = [re.sub(r"\d+", "0", text) for text in (before, after)]
    return "digits" if bare[0] == bare[1] else "text"


def excerpt(old, new, old_version, new_version, width=60):
    """Where the settled words first differ: (before, after)."""
    before, after = settled(words(old), old_version), settled(words(new), new_version)
    at = next((i for i, (a, b) in enumerate(zip(before, after)) if a != b),
              min(len(before), len(after)))
    start = max(0, at - width // 3)
    return before[start:start + width], after[start:start + width]
