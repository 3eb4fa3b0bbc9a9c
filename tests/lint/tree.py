"""What the checks look at: the files of this tree, and C without comments and strings."""
import os
import re
import sys

SKIPPED = {"build", ".git", "freshet.db", "node_modules", "__pycache__"}


def files(*suffixes):
    """Paths from the root of the tree, sorted; every file when no suffix is given."""
    found = []
    for folder, folders, names in os.walk("."):
        folders[:] = sorted(f for f in folders if f not in SKIPPED)
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name))
            if os.path.isfile(path) and (not suffixes or path.endswith(suffixes)):
                found.append(path)
    return found


def c_files():
    return [p for p in files(".c", ".h", ".def") if "/vendor/" not in p]


def read(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


NOT_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def code(path):
    """The C in `path` with comments, strings and characters blanked, lines kept."""
    return NOT_CODE.sub(lambda m: "\n" * m.group().count("\n") + " ", read(path))


def lines_matching(pattern, text):
    return [(n, m.group()) for n, line in enumerate(text.split("\n"), 1)
            for m in [pattern.search(line)] if m]


class Report:
    """One TAP line per claim, what breaks it below."""

    def __init__(self):
        self.n = self.failed = 0

    def claim(self, what, offences):
        self.n += 1
        self.failed += bool(offences)
        print(f"{'not ok' if offences else 'ok'} {self.n} - {what}")
        for line in offences:
            print(f"#   {line}")

    def end(self):
        print(f"1..{self.n}")
        sys.exit(bool(self.failed))
