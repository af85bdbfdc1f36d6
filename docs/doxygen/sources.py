"""Source files that pages quote, and their marks."""

import pathlib
import re
import tomllib

from markdown import Refused

MARK = re.compile(r"^( *)//! \[(.+)\]\s*$")


class Source:
    """A source file that pages quote, with its marks."""

    def __init__(self, path):
        self.path = path
        self.lines = pathlib.Path(path).read_text().split("\n")
        self.marks = {}  # name: (first, last) line between the two marks, from 0
        opened = {}
        for at, line in enumerate(self.lines):
            match = MARK.match(line)
            if match and match[2] in opened:
                self.marks[match[2]] = (opened.pop(match[2]), at)
            elif match:
                opened[match[2]] = at + 1
        if opened:
            raise Refused(f"{path}: the mark [{next(iter(opened))}] does not end")

    def steps(self):
        """(name, what is to be done) of the steps of a lab, in the order of its lab.toml."""
        described = pathlib.Path(self.path).with_name("lab.toml")
        table = tomllib.loads(described.read_text()) if described.exists() else {}
        for step in table.get("step", []):
            if step["name"] not in self.marks:
                raise Refused(f"{described}: the step {step['name']} has no marks in {self.path}")
        return [(step["name"], step["todo"]) for step in table.get("step", [])]

    def without_marks(self):
        return "\n".join(line for line in self.lines if not MARK.match(line))

    def dedented(self):
        """The file with each marked stretch moved to the left edge, for \\snippet."""
        out = list(self.lines)
        for first, last in self.marks.values():
            inside = [line for line in out[first:last] if line.strip()]
            indent = min((len(line) - len(line.lstrip()) for line in inside), default=0)
            out[first:last] = [line[indent:] for line in out[first:last]]
        return "\n".join(out)
