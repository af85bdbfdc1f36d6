"""How text, code and headings are written so that Doxygen 1.9 finds in them what we mean and nothing else."""

import re

CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])+)\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)*)\)")
CODE_BEGINS, CODE_ENDS = "\ue000", "\ue001"  # in a heading, where Doxygen takes no markup; finish.py knows them


def escape(text):
    """What is plain in Markdown and a command to Doxygen."""
    text = re.sub(r"([%<$])", r"\\\1", escape_commands(text))
    text = re.sub(r"(?<!\\)\*(?=\S)|(?<=[^\s\\])\*|(?<!\\)_", lambda match: "\\" + match[0], text)
    text = re.sub(r"(?<![\w:])::(?=\w)", r"\\::", text)
    text = re.sub(r"(?<=\S)#|#(?=\w)", r"\\#", text)
    text = re.sub(r"(?<!-)--(?!-)(?=\w)", r"\\--", text)
    return text


def heading_for_doxygen(text):
    """A heading's words: links and emphasis are dropped, code is put between two marks."""
    parts = CODE.split(LINK.sub(r"\1", text))
    out = escape_commands(parts[0].replace("*", ""))
    for _, code, rest in zip(parts[1::3], parts[2::3], parts[3::3]):
        out += CODE_BEGINS + re.sub(r"([\\@<>*_])", r"\\\1", code.strip()) + CODE_ENDS + escape_commands(rest.replace("*", ""))
    return out


def code_for_doxygen(words):
    """A code span in which Doxygen finds neither a link nor a command."""
    words = re.sub(r"([\\@&$#<>%\"*_`\[\]()])", r"\\\1", words.strip())
    return "<code>" + words.replace("::", "\\::").replace("--", "\\--") + "</code>"


def escape_commands(text):
    """Backslashes that escape nothing, and the at sign, which begins a command as well."""
    return re.sub(r"\\(?![|*_\\`])|@", lambda match: "\\" + match[0], text)
