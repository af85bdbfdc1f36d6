#!/usr/bin/python3
"""Lays out under WORK what Doxygen reads: the lessons, guides and solutions as pages, the headers as one
topic each, the sources that are quoted; and the list of pages from which finish.py makes the navigation.

Usage: pages.py [--handout] WORK        (from the top of the repository)
"""

import json
import pathlib
import re
import sys

import headers
from escape import escape
from markdown import HEADING, Page, Refused, relative
from sources import Source

PARTS = ["Before anything", "Control groups", "Namespaces", "A root of its own", "Least privilege", "Network",
         "Images", "The runtime", "From a runtime to Kubernetes"]
LIBRARIES = {  # folder: what it is, in the order of the navigation
    "src/slipway": ("slipway", "The core: the kernel, one noun a file."),
    "src/oci": ("oci", "The OCI documents as plain structs."),
    "src/runtime": ("runtime", "A container's life."),
    "src/labkit": ("labkit", "The eyes of the checks, and what they make of what they see."),
    "labs/frame": ("frame", "What the labs share, so that a lab holds only its own subject."),
}


def title_of(path):
    """The one # heading of a page."""
    for line in path.read_text().split("\n"):
        if line.startswith("# "):
            return HEADING.match(line)[2].replace("`", "")
    raise Refused(f"{path}: a page needs a title (# ...)")


def number_and_name(title, stem):
    """("11", "A tenth of a processor") of a lesson, whatever stands between the two."""
    number = stem.partition("-")[0]
    name = re.sub(rf"^(?:Lab|Lesson)?\s*{number}\s*[:.·—–-]*\s*", "", title, flags=re.I)
    return number, name[:1].upper() + name[1:] or stem


class Site:
    def __init__(self, work, handout):
        self.work, self.handout = pathlib.Path(work), handout
        self.pages = {}    # path of a Markdown file: its label
        self.sources = {}  # path: Source
        self.copied = {}   # other files that pages link to: their address on the site
        self.nav = []

    def write(self, path, text):
        target = self.work / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def build(self):
        lessons = sorted(pathlib.Path("lessons").glob("[0-9][0-9]*-*.md"), key=lambda path: path.stem.split("-", 1))
        guides = [path for path in [*sorted(pathlib.Path("docs").glob("*.md")), pathlib.Path("CONTRIBUTING.md")]
                  if path.exists()]
        self.pages = {"README.md": "mainpage"}
        self.pages |= {str(path): f"lesson-{path.stem}" for path in lessons}
        self.pages |= {str(path): f"guide-{path.stem.lower()}" for path in guides}
        self.add_lessons(lessons)
        if not self.handout:
            self.add_solutions(lessons)
        self.group("Guides", [(title_of(path), self.address(str(path))) for path in guides])
        self.add_libraries()
        for path in self.pages:
            self.translate(path)
        for path, source in self.sources.items():
            self.write(f"code/{path}", source.dedented())
        self.write("site.json", json.dumps({"nav": self.nav, "copied": self.copied}, indent=1))

    def group(self, title, entries, kind="group"):
        if entries:
            self.nav.append({"title": title, "kind": kind, "entries": entries})

    def address(self, path):
        label = self.pages[path]
        return "index.html" if label == "mainpage" else f"{label}.html"

    def add_lessons(self, lessons):
        for number, part in enumerate(PARTS):
            entries = [(" ".join(number_and_name(title_of(path), path.stem)), self.address(str(path)))
                       for path in lessons if path.stem[0] == str(number)]
            self.group(f"Part {number}: {part}", entries, "lessons")

    def add_solutions(self, lessons):
        entries = []
        for lesson in lessons:
            lab = f"labs/{lesson.stem}/lab.cpp"
            if not pathlib.Path(lab).exists():
                continue
            source = self.source(lab)
            number, name = number_and_name(title_of(lesson), lesson.stem)
            label = f"solution-{lesson.stem}"
            text = [f"# Solution {number}: {name} {{#{label}}}", "",
                    f'This is the reference of <a href="lesson-{lesson.stem}.html">lab {number}</a>, step by step. '
                    f"Write your own first: `lab hint {number}` helps three times.", ""]
            for step, todo in source.steps():
                text += [f"## {step.capitalize()} {{#{label}-{step}}}", "", escape(f"To do: {todo}."), "",
                         f"\\snippet {lab} {step}", ""]
            text += [f"## The whole program {{#{label}-whole}}", "", f"\\include whole/{lab}", ""]
            self.write(f"code/whole/{lab}", source.without_marks())
            self.write(f"pages/solutions/{lesson.stem}.md", "\n".join(text))
            entries.append((f"{number} {name}", f"{label}.html"))
        self.group("Solutions", entries, "folded")

    def add_libraries(self):
        table = ["# The library {#library}", "", "One noun a header, in the words of the kernel.", ""]
        for folder, (library, what) in LIBRARIES.items():
            # A header that declares nothing has nothing to refer to.
            found = sorted(h for h in pathlib.Path(folder).rglob("*.hpp") if "\nnamespace " in h.read_text())
            if not found:
                continue
            table += [f"## {library} {{#library-{library}}}", "", what, "", "| header | |", "| --- | --- |"]
            entries = []
            for header in found:
                include = header.relative_to(pathlib.Path(folder).parent)
                text, brief = headers.framed(header.read_text(), header, include)
                self.write(str(header), text)
                target = headers.address(header)
                entries.append((str(header.relative_to(folder).with_suffix("")), target))
                table.append(f'| <a href="{target}">``{include}``</a> | {brief} |')
            table.append("")
            self.group(library, entries, "library")
        self.write("pages/library.md", "\n".join(table) + "\n")

    def source(self, path):
        if path not in self.sources:
            self.sources[path] = Source(path)
        return self.sources[path]

    def translate(self, path):
        file = pathlib.Path(path)
        if not file.exists():
            raise Refused(f"{path} is missing: it is the front page")

        def resolve(target):
            return self.resolve(path, target)

        lines = Page(path, self.pages[path], file.read_text().split("\n"), resolve, self.snippet).translate()
        if len(re.findall(r"^## ", lines, re.MULTILINE)) > 2 and path != "README.md":
            lines = re.sub(r"^(# .*)$", r"\1\n\n\\tableofcontents{HTML:1}\n", lines, count=1, flags=re.MULTILINE)
        self.write(f"pages/{path}", lines)

    def resolve(self, path, target):
        """Where a link in `path` leads on the site."""
        if re.match(r"[a-z]+:", target):
            return target
        name, _, anchor = target.partition("#")
        file = relative(path, name) if name else path
        if file in self.pages:
            label = self.pages[file]
            return self.address(file) + (f"#{label}-{anchor}" if anchor else "")
        if not pathlib.Path(file).exists():
            raise Refused(f"the link to {target} leads nowhere")
        if file.endswith(".hpp") and any(file.startswith(folder + "/") for folder in LIBRARIES):
            return headers.address(file)
        if self.handout and re.match(r"labs/[0-9].*/(lab|check)\.cpp|labs/.*/(wrong|right)/", file):
            raise Refused(f"{target} would give the lab away in a handout")
        if pathlib.Path(file).is_dir():
            raise Refused(f"the link to {target} leads to a folder: name a file in it, or write it as code")
        self.copied[file] = f"files/{file}" if file.endswith(".svg") else f"files/{file}.txt"
        return self.copied[file]

    def snippet(self, path, mark):
        """May a page quote this? Throws Refused if not."""
        if not pathlib.Path(path).is_file():
            raise Refused(f"there is no {path}")
        source = self.source(path)
        if mark not in source.marks:
            raise Refused(f"{path} has no mark [{mark}], only {', '.join(source.marks) or 'none'}")
        if re.match(r"labs/[0-9]", path) and mark in dict(source.steps()):
            raise Refused(f"[{mark}] is a step of {path}: a lesson does not give it away")


def main():
    arguments = sys.argv[1:]
    handout = "--handout" in arguments
    work = [argument for argument in arguments if not argument.startswith("-")]
    if len(work) != 1:
        sys.exit(__doc__)
    try:
        Site(work[0], handout).build()
    except Refused as why:
        sys.exit(str(why))


if __name__ == "__main__":
    main()
