"""Turns the Markdown of docs/writing-lessons.md into what Doxygen 1.9 understands, and refuses the rest."""

import html
import posixpath
import re

import diagram
from escape import CODE, LINK, code_for_doxygen, escape, heading_for_doxygen

LANGUAGES = {"console", "sh", "cpp", "c", "json", "toml", "ini", "diff", "python", "cmake", "yaml", "xml", "diagram", "text"}
COLOURED_BY_DOXYGEN = {"cpp", "c"}
FENCE = re.compile(r"^( *)(`{3,})(\w*)\s*$")
LABEL = re.compile(r"^\*\*([^*]+)\*\*$")
ALERT = re.compile(r"^> \[!(\w+)\]$")
SUMMARY = re.compile(r"^<details><summary>(.+)</summary>$")
PICTURE = re.compile(r"^!\[([^\]]*)\]\(([^()\s]+)\)$")
SNIPPET = re.compile(r"^\\snippet (\S+) (.+)$")
HEADING = re.compile(r"^(#+) (.+?)(?: \{#[\w-]+\})?$")
STRONG = re.compile(r"\*\*(?=\S)((?:(?!\*\*).)+?)(?<=\S)\*\*", re.DOTALL)
EMPHASIS = re.compile(r"(?<![\w*/\\])\*(?=[^\s*])([^*]+?)(?<=[^\s*\\])\*(?![\w*])")
ADDRESS = re.compile(r"<?(https?://[^\s<>)]+[^\s<>).,;:])>?")


class Refused(Exception):
    """Markup that is not in docs/writing-lessons.md; the text says where."""


def slug(heading):
    """The anchor that GitHub gives a heading."""
    text = re.sub(r"[^\w\- ]", "", LINK.sub(r"\1", heading).lower())
    return text.replace(" ", "-")


def raw(text):
    """HTML that goes to the page as it is, as a block of its own."""
    text = text.replace("\\endhtmlonly", "&#92;endhtmlonly").replace("*/", "*&#47;").replace("/*", "&#47;*")
    return ["", "\\htmlonly[block]", *text.split("\n"), "\\endhtmlonly", ""]


class Page:
    """One Markdown file on its way to Doxygen. `resolve(target)` says where a link leads on the site,
    `snippet(path, mark)` whether that code may be quoted; both throw Refused with the reason."""

    def __init__(self, path, label, lines, resolve, snippet):
        self.path, self.label, self.lines = path, label, lines
        self.resolve, self.snippet = resolve, snippet
        self.number = 0  # of the line that is being read
        self.slugs = {}

    def refuse(self, why):
        raise Refused(f"{self.path}:{self.number}: {why} (docs/writing-lessons.md says what can be used)")

    def translate(self):
        out = []
        blocks = list(self.blocks())
        at = 0
        while at < len(blocks):
            pairs = self.pairs(blocks, at)
            if len(pairs) > 1:
                out += self.columns(pairs)
                at += 2 * len(pairs)
            else:
                out += self.block(*blocks[at])
                at += 1
        return "\n".join(out) + "\n"

    # Reading -------------------------------------------------------------------------------------

    def blocks(self):
        """Yields (line number, kind, lines): a fence with its language first, or a run of text lines."""
        at = 0
        while at < len(self.lines):
            self.number = at + 1
            fence = FENCE.match(self.lines[at])
            start = at
            if fence:
                at += 1
                while at < len(self.lines) and self.lines[at].strip() != fence[2]:
                    at += 1
                if at == len(self.lines):
                    self.refuse("this block of code does not end")
                inside = [line[len(fence[1]):] if line.startswith(fence[1]) else line.lstrip()
                          for line in self.lines[start + 1:at]]
                at += 1
                yield start + 1, "fence", [fence[1], fence[3], *inside]
            elif not self.lines[at].strip():
                at += 1
            else:
                while at < len(self.lines) and self.lines[at].strip() and not FENCE.match(self.lines[at]):
                    at += 1
                    if HEADING.match(self.lines[at - 1]) or SUMMARY.match(self.lines[at - 1]):
                        break
                yield start + 1, "text", self.lines[start:at]

    @staticmethod
    def pairs(blocks, at):
        """The run of (bold line, fence) that begins at block `at`."""
        found = []
        while at + 1 < len(blocks):
            (_, kind, lines), (_, next_kind, fence) = blocks[at], blocks[at + 1]
            if kind != "text" or len(lines) != 1 or not LABEL.match(lines[0]) or next_kind != "fence" or fence[0]:
                break
            found.append((blocks[at], blocks[at + 1]))
            at += 2
        return found

    # Writing -------------------------------------------------------------------------------------

    def block(self, number, kind, lines):
        self.number = number
        if kind == "fence":
            return self.fence(lines)
        first = lines[0]
        if len(lines) == 1:
            if HEADING.match(first):
                return self.heading(HEADING.match(first))
            if SNIPPET.match(first):
                return self.quote(SNIPPET.match(first))
            if PICTURE.match(first):
                return self.picture(PICTURE.match(first))
            if SUMMARY.match(first):
                summary = self.plain(SUMMARY.match(first)[1])
                return raw(f'<details class="answer"><summary>{summary}</summary><div>')
            if first == "</details>":
                return raw("</div></details>")
            if re.fullmatch(r"<!--.*-->", first):
                return []
        if ALERT.match(first):
            return self.alert(lines)
        if first.lstrip().startswith("|"):
            return ["", *(self.inline(line, in_table=True) for line in lines), ""]
        gap = [] if re.match(r"^ +", first) and not re.match(r"^ *([-*]|\d+\.) ", first) else [""]
        return gap + self.inline("\n".join(lines)).split("\n") + [""]

    def heading(self, match):
        depth, text = len(match[1]), match[2]
        if depth > 3:
            self.refuse("a heading below ###")
        if depth == 1:
            return [f"# {heading_for_doxygen(text)} {{#{self.label}}}", ""]
        name = slug(text)
        seen = self.slugs.get(name, 0)
        self.slugs[name] = seen + 1
        anchor = f"{name}-{seen}" if seen else name
        return ["", f"{match[1]} {heading_for_doxygen(text)} {{#{self.label}-{anchor}}}", ""]

    def quote(self, match):
        try:
            self.snippet(match[1], match[2])
        except Refused as why:
            self.refuse(str(why))
        return ["", f"\\snippet {match[1]} {match[2]}", ""]

    def picture(self, match):
        alternative, target = match[1].strip(), match[2]
        if not alternative:
            self.refuse(f"the picture {target} needs words for those who do not see it: ![...]({target})")
        if not target.endswith(".svg") or ":" in target:
            self.refuse(f"the picture {target}: only an SVG of the repository")
        try:
            address = self.resolve(target)
        except Refused as why:
            self.refuse(str(why))
        return raw(f'<div class="picture" tabindex="0"><img src="{html.escape(address)}" alt="{html.escape(alternative)}"></div>')

    def alert(self, lines):
        kind = ALERT.match(lines[0])[1]
        if kind not in ("NOTE", "WARNING"):
            self.refuse(f"[!{kind}]: only NOTE and WARNING")
        if not all(line.startswith(">") for line in lines):
            self.refuse("each line of a note begins with >")
        inside = [re.sub(r"^> ?", "", line) for line in lines[1:]]
        title = kind.capitalize()
        body = Page(self.path, self.label, inside, self.resolve, self.snippet).translate()
        return [*raw(f'<div class="callout {kind.lower()}" role="note"><p class="callout-title">{title}</p>'),
                *body.split("\n"), *raw("</div>")]

    def columns(self, pairs):
        out = raw('<div class="columns">')
        for (number, _, label), (_, _, fence) in pairs:
            self.number = number
            title = self.plain(LABEL.match(label[0])[1])
            out += raw(f'<div class="column"><p class="column-title">{title}</p>') + self.fence(fence) + raw("</div>")
        return out + raw("</div>")

    def fence(self, lines):
        indent, language, *code = lines
        if language not in LANGUAGES:
            self.refuse(f"a block of code marked '{language}'; one of {', '.join(sorted(LANGUAGES))} is needed")
        if language in COLOURED_BY_DOXYGEN:
            out = ["", f"~~~~~~{{.{language}}}", *code, "~~~~~~", ""]
        elif language == "diagram":
            try:
                out = raw(diagram.svg(code))
            except ValueError as why:
                self.refuse(str(why))
        else:
            body = transcript(code) if language == "console" else html.escape("\n".join(code), quote=False)
            body = body.replace("\n", "&#10;") if indent else body  # in a list: the lines are moved in, below
            out = raw(f'<pre class="code {language}" tabindex="0">{body}</pre>')
        return [indent + line if line else line for line in out]

    def plain(self, text):
        """Text with code spans, as HTML."""
        parts = CODE.split(text)
        out = html.escape(parts[0], quote=False)
        for _, code, rest in zip(parts[1::3], parts[2::3], parts[3::3]):
            out += f"<code>{html.escape(code.strip(), quote=False)}</code>" + html.escape(rest, quote=False)
        return out

    def inline(self, text, in_table=False):
        """A paragraph, list or table row: code spans and links are taken out, what is left is escaped."""
        kept = []

        def keep(words):
            kept.append(words)
            return f"\0{len(kept) - 1}\0"

        def code(match):
            words = re.sub(r"\s+", " ", match[2].strip())
            if in_table:
                words = words.replace("\\|", "|")
            if "|" in words:
                return keep(f"\\htmlonly<code>{html.escape(words, quote=False).replace('|', '&#124;')}</code>\\endhtmlonly")
            return keep(code_for_doxygen(words))

        def link(match):
            try:
                target = self.resolve(match[2])
            except Refused as why:
                self.refuse(str(why))
            return keep(f'<a href="{html.escape(target)}">') + match[1] + keep("</a>")

        text = CODE.sub(code, text)
        if re.search(r"!\[[^\]]*\]\(", text):
            self.refuse("a picture stands on a line of its own, with a blank line before and after it")
        text = LINK.sub(link, text)
        text = ADDRESS.sub(lambda match: keep(f'<a href="{html.escape(match[1])}">{html.escape(match[1])}</a>'), text)
        if re.search(r"<[A-Za-z/!]", text):
            self.refuse("HTML: " + re.search(r"<[^>\n]*>?", text)[0])
        text = STRONG.sub(lambda match: keep("<b>") + match[1] + keep("</b>"), text)
        text = EMPHASIS.sub(lambda match: keep("<em>") + match[1] + keep("</em>"), text)
        text = escape(text)
        while "\0" in text:
            text = re.sub("\0(\\d+)\0", lambda match: kept[int(match[1])], text)
        return text


def transcript(lines):
    """A console session as HTML: what is typed stands out from what is answered."""
    out, typed = [], False
    for line in lines:
        prompt = re.match(r"^([$#] )(.*)$", line)
        text = html.escape(line, quote=False)
        if prompt:
            text = f'<span class="prompt">{prompt[1]}</span><b>{html.escape(prompt[2], quote=False)}</b>'
        elif typed:
            text = f"<b>{text}</b>"
        typed = (bool(prompt) or typed) and line.endswith("\\")
        out.append(text)
    return "\n".join(out)


def relative(path, target):
    """`target` of a link in the file `path`, as a path from the top of the repository."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
