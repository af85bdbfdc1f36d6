"""Frames a header as one topic of Doxygen, so that the reference has a page for each noun."""

import pathlib
import re

from escape import CODE, code_for_doxygen, escape_commands


def address(header):
    """The page of a header, as Doxygen names it."""
    return f"group__{label(header)}.html"


def label(header):
    return "-".join(pathlib.Path(header).with_suffix("").parts[1:]).replace("_", "-")


def words(comment):
    """A comment in which a `code` span is code and nothing else, and a backslash is one: Doxygen would look
    for links and commands there."""
    parts = CODE.split(comment)
    out = escape_commands(parts[0])
    for _, code, rest in zip(parts[1::3], parts[2::3], parts[3::3]):
        out += code_for_doxygen(code) + escape_commands(rest)
    return out


def is_comment(line):
    return line.lstrip().startswith("///")


def sentence(comments):
    """The first sentence of some comment lines, fit for a table."""
    text = " ".join(line.lstrip("/ ") for line in comments)
    return words(re.split(r"(?<=[.:])\s", text)[0].rstrip(":").replace("|", "\\|"))


def framed(text, header, include):
    """The header with the content of its namespace in one topic, line for line, and the first sentence that is
    said in it: of the whole, directly above the namespace, or else of its first noun."""
    lines = text.split("\n")
    opens = next((at for at, line in enumerate(lines) if re.match(r"namespace [\w:]+ \{", line)), None)
    closes = max((at for at, line in enumerate(lines) if line.startswith("}  // namespace")), default=None)
    first = next((at for at, line in enumerate(lines) if is_comment(line)), len(lines))
    after = next((at for at in range(first, len(lines)) if not is_comment(lines[at])), len(lines))
    brief = sentence(lines[first:after])
    about = []
    if opens is not None and closes is not None and lines[:2] == ["#pragma once", ""]:
        while is_comment(lines[opens - 1 - len(about)]):
            about.insert(0, lines[opens - 1 - len(about)])
        lines[opens - len(about):opens] = [""] * len(about)
        lines[0] = f"/** \\defgroup {label(header)} {include}"
        lines[1] = words(" ".join(line.lstrip("/ ") for line in about)) + " */"
        lines[opens] += f" /** \\addtogroup {label(header)}"
        lines[opens + 1] = "@{ */" + lines[opens + 1]
        lines[closes] = "/** @} */ " + lines[closes]
    return "\n".join(before + slashes + words(comment)
                     for before, slashes, comment in (line.partition("///") for line in lines)), brief
