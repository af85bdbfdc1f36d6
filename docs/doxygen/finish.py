#!/usr/bin/python3
"""Finishes what Doxygen built: gives each page its navigation, makes man pages links, writes the search
index, copies the files that pages link to, and removes Doxygen's scripts and pictures.

Usage: finish.py WORK SITE              (from the top of the repository)
"""

import html
import json
import pathlib
import re
import shutil
import sys
from html.parser import HTMLParser

from escape import CODE_BEGINS, CODE_ENDS

MAN_PAGE = re.compile(r"\b([a-z_][a-zA-Z0-9_.+-]*)\(([1-8])\)")
MAN_LINK = r'<a class="man" href="https://manpages.debian.org/\1.\2">\1(\2)</a>'
UNTOUCHED = re.compile(r'''(<(pre|svg|h[1-6]|a|title|nav|script|style)\b.*?</\2>|<div\ class="fragment">.*?<!--\ fragment\ -->
                         |<div\ class="memproto">.*?<div\ class="memdoc">|<[^>]*>)''', re.DOTALL | re.VERBOSE)
UNWANTED = ["*.png", "*.svg", "*.js", "tabs.css", "dir_*.html", "*_8hpp.html", "files.html", "pages.html", "modules.html",
            "topics.html", "annotated.html", "classes.html", "hierarchy.html", "inherits.html", "namespaces.html", "functions*.html",
            "namespacemembers*.html", "globals*.html", "doxygen_crawl.html"]
WITHIN_A_WORD = {"a", "b", "code", "em", "i", "mark", "span", "strong", "wbr"}
WANTED = {"slipway.js"}


def navigation(nav, here):
    """The list at the side, with the page that is shown marked and its group unfolded."""
    def entry(title, address):
        current = ' aria-current="page"' if address == here else ""
        return f'<li><a href="{address}"{current}>{html.escape(title)}</a></li>'

    def group(group):
        entries = [entry(title, address) for title, address in group["entries"]]
        is_open = group["kind"] in ("lessons", "group") or any(address == here for _, address in group["entries"])
        return (f'<details{" open" if is_open else ""}><summary>{html.escape(group["title"])}</summary>'
                f'<ul>{"".join(entries)}</ul></details>')

    lessons = [group(one) for one in nav if one["kind"] == "lessons"]
    solutions = [group(one) for one in nav if one["kind"] == "folded"]
    guides = [group(one) for one in nav if one["kind"] == "group"]
    library = [group(one) for one in nav if one["kind"] == "library"]
    home = entry("Home", "index.html")
    return (f"<ul>{home}</ul>" + ("<h2>Lessons</h2>" if lessons else "") + "".join(lessons + solutions + guides)
            + ('<h2><a href="library.html">The library</a></h2>' + "".join(library) if library else ""))


def neighbours(nav, here):
    """Links to the lesson before and after."""
    for kind in ("lessons", "folded"):
        pages = [page for group in nav if group["kind"] == kind for page in group["entries"]]
        for at, (_, address) in enumerate(pages):
            if address == here:
                before = f'<a rel="prev" href="{pages[at - 1][1]}">{html.escape(pages[at - 1][0])}</a>' if at else "<span></span>"
                after = (f'<a rel="next" href="{pages[at + 1][1]}">{html.escape(pages[at + 1][0])}</a>'
                         if at + 1 < len(pages) else "")
                return f'<nav class="neighbours" aria-label="Before and after">{before}{after}</nav>'
    return ""


def man_pages(page):
    """Makes name(N) in the text a link, where it stands neither in a link, a heading nor a block of code."""
    out, at = [], 0
    for kept in UNTOUCHED.finditer(page):
        out += [MAN_PAGE.sub(MAN_LINK, page[at:kept.start()]), kept[0]]
        at = kept.end()
    return "".join(out) + page[at:]


def prototype(match):
    """A declaration that Doxygen laid out as a table, in one line that can wrap."""
    text = re.sub(r'<span class="mlabels">.*?</span>\s*</td>', "", match[1], flags=re.DOTALL)
    text = re.sub(r"</?(?:table|tr|td|tbody|em|code)\b[^>]*>", " ", text).replace("&#160;", " ")
    text = " ".join(text.split())
    for loose, tight in ((" ( ", "("), ("( )", "()"), (" )", ")"), (" ,", ","), ("&lt; ", "&lt;"), (" &gt;", "&gt;"), (" &amp;", "&amp;"),
                         ("</a> &amp;", "</a>&amp;"), (" *", "*")):
        text = text.replace(loose, tight)
    text = re.sub(r"(operator[^(\s]+|~?(?:<a [^>]*>)?\w+(?:</a>)?)(?=\()" if "(" in text else r"(\w+)(?=\[| =|$)", r"<b>\1</b>", text, count=1)
    return f'<div class="memproto">{text}</div>'


def breakable(code):
    """Long code in which a line may end behind a slash or a dot; behind an underscore only on a phone (the style sheet)."""
    text = re.sub(r"(?<=\w)_(?=\w)", '_<wbr class="phone">', re.sub(r"(?<=\w)([/.:,=-]+)(?=\w)", r"\1<wbr>", code[1]))
    return f"<code>{text}</code>"


def tidy(page):
    """Mends what Doxygen writes: headings that begin at h1 below a title that is none, a table of contents that
    cannot be folded, code that cannot wrap on a phone, an anchor twice, script of its own."""
    page = re.sub(r' onclick="javascript:[^"]*"', "", page)
    if 'class="groupheader"' not in page:
        page = page.replace("<h2>", "<h3>").replace("</h2>", "</h3>").replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    page = re.sub(r'<div class="title">(.*?)\s*</div>', r'<h1 class="title">\1</h1>', page, count=1, flags=re.DOTALL)
    page = re.sub(r'<div class="toc"><h3>Table of Contents</h3>\s*(<ul>.*?</ul>)\s*</div>',
                  r'<details class="toc" open><summary>On this page</summary>\1</details>', page, count=1, flags=re.DOTALL)
    page = page.replace('<h2 class="groupheader">Detailed Description</h2>', "")
    page = re.sub(r'<a class="anchor" id="md_[^"]*"></a>', "", page)
    page = re.sub(r"<p\s*>\s*</p>", "", page).replace("<p >", "<p>")
    page = re.sub(r'<td class="mem(?:Templ)?Item(?:Left|Right)".*?</td>',
                  lambda cell: cell[0].replace("&lt; ", "&lt;").replace(" &gt;", "&gt;"), page, flags=re.DOTALL)
    page = re.sub(r'<div class="memproto">(.*?)</div>(?=<div class="memdoc">)', prototype, page, flags=re.DOTALL)
    page = re.sub(r"<code>([^<]{14,})</code>", breakable, page)
    page = re.sub(r"<title>.*?</title>", lambda title: re.sub("[\ue000\ue001]", "", title[0]), page, flags=re.DOTALL)
    page = page.replace(CODE_BEGINS, "<code>").replace(CODE_ENDS, "</code>")
    seen = set()

    def once(match):
        first = match[1] not in seen
        seen.add(match[1])
        return match[0] if first else ""

    return re.sub(r' id="([^"]*)"', once, page)


class Text(HTMLParser):
    """The words of a page, heading by heading: (anchor, heading, text)."""

    def __init__(self):
        super().__init__()
        self.sections, self.skipped, self.heading = [["", "", ""]], [], None
        self.inside, self.anchor = False, ""

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag not in WITHIN_A_WORD:
            self.handle_data(" ")
        names = attributes.get("class", "") or ""
        if names == "contents":
            self.inside = True
        if tag in ("a", "h2", "h3") and attributes.get("id"):
            self.anchor = attributes["id"]
        if tag == "nav" or (tag == "div" and names == "toc"):
            self.skipped.append(tag)
        if self.inside and not self.skipped and tag in ("h1", "h2", "h3"):
            self.heading = tag
            self.sections.append(["", "", ""])

    def handle_endtag(self, tag):
        if tag not in WITHIN_A_WORD:
            self.handle_data(" ")
        if self.skipped and self.skipped[-1] == tag:
            self.skipped.pop()
        if self.heading == tag:
            self.heading = None
            self.sections[-1][0] = self.anchor

    def handle_data(self, data):
        if self.inside and not self.skipped:
            self.sections[-1][1 if self.heading else 2] += data


def search_entries(address, page):
    """[page title, heading, address, text] for each section of a page."""
    title = html.unescape(re.search(r"<title>(.*?) · ", page, re.DOTALL)[1]).strip()
    text = Text()
    text.feed(page)
    for anchor, heading, words in text.sections:
        words = " ".join(words.split())
        if words or heading:
            heading = re.sub(r"^◆ | \[\d+/\d+\]$", "", " ".join(heading.split()))
            yield [title, heading, address + (f"#{anchor}" if anchor else ""), words]


def reachable(site, pages):
    """The names of all pages to which links lead from these."""
    found, left = set(), list(pages)
    while left:
        page = left.pop()
        if page not in found and (site / page).is_file():
            found.add(page)
            left += re.findall(r'href="([\w-]+\.html)', (site / page).read_text())
    return found


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    work, site = (pathlib.Path(argument) for argument in sys.argv[1:])
    plan = json.loads((work / "site.json").read_text())
    for pattern in UNWANTED:
        for file in site.glob(pattern):
            if file.name not in WANTED:
                file.unlink()
    wanted = reachable(site, ["index.html", "library.html"] + [page for group in plan["nav"] for _, page in group["entries"]])
    for file in site.glob("*.html"):
        if file.name not in wanted:
            file.unlink()
    index = []
    for file in sorted(site.glob("*.html")):
        page = file.read_text()
        page = tidy(page)
        index += search_entries(file.name, page)
        page = man_pages(page)
        page = page.replace("<!-- navigation -->", navigation(plan["nav"], file.name))
        page = page.replace("<!-- neighbours -->", neighbours(plan["nav"], file.name))
        file.write_text(page)
    (site / "search-index.js").write_text("window.slipwayIndex = " + json.dumps(index, ensure_ascii=False) + ";\n")
    for path, address in plan["copied"].items():
        (site / address).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, site / address)


if __name__ == "__main__":
    main()
