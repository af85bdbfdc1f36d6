"""Draws a picture made of box characters as SVG: the same lines in every browser, whatever its fonts."""

import html
import unicodedata

WIDTH, HEIGHT = 9, 18  # of a character, in pixels
READABLE = 7  # pixels a character on a phone: a wider picture can be pushed aside
WIDEST = 76

# Which of its four sides a character joins to its middle: up, right, down, left.
SIDES = {
    "─": ".r.l", "│": "u.d.", "┌": ".rd.", "┐": "..dl", "└": "ur..", "┘": "u..l",
    "├": "urd.", "┤": "u.dl", "┬": ".rdl", "┴": "ur.l", "┼": "urdl",
    "╭": ".rd.", "╮": "..dl", "╰": "ur..", "╯": "u..l", "╌": ".r.l", "╎": "u.d.",
    "═": ".r.l", "║": "u.d.", "╔": ".rd.", "╗": "..dl", "╚": "ur..", "╝": "u..l",
    "╠": "urd.", "╣": "u.dl", "╦": ".rdl", "╩": "ur.l", "╬": "urdl",
    "━": ".r.l", "┃": "u.d.", "┏": ".rd.", "┓": "..dl", "┗": "ur..", "┛": "u..l",
}
ROUND = "╭╮╰╯"
DASHED = "╌╎"
STRONG = "═║╔╗╚╝╠╣╦╩╬━┃┏┓┗┛"
HEADS = {"▶": 0, "►": 0, "▼": 90, "◀": 180, "◄": 180, "▲": 270, "→": 0, "↓": 90, "←": 180, "↑": 270}


def line(column, row, sides, style):
    """The strokes of one character, from its middle to the sides that it joins."""
    x, y = column * WIDTH + WIDTH / 2, row * HEIGHT + HEIGHT / 2
    ends = {"u": (x, y - HEIGHT / 2), "r": (x + WIDTH / 2, y), "d": (x, y + HEIGHT / 2), "l": (x - WIDTH / 2, y)}
    points = [ends[side] for side in sides if side != "."]
    if style == "round":
        (ax, ay), (bx, by) = points
        path = f"M{ax:g} {ay:g}Q{x:g} {y:g} {bx:g} {by:g}"
    else:
        path = "".join(f"M{x:g} {y:g}L{px:g} {py:g}" for px, py in points)
    return f'<path class="{style}" d="{path}"/>'


def head(column, row, angle):
    """An arrow head, with a stroke behind it to the end of its cell."""
    x, y = column * WIDTH + WIDTH / 2, row * HEIGHT + HEIGHT / 2
    reach = (WIDTH if angle % 180 == 0 else HEIGHT) / 2
    return (f'<g transform="translate({x:g} {y:g}) rotate({angle})"><path d="M{-reach:g} 0L0 0"/>'
            f'<path class="head" d="M{reach:g} 0L{reach - 8:g} -4.5L{reach - 8:g} 4.5Z"/></g>')


def words(column, row, text):
    """A run of text, held to its columns: a font that is wider or narrower cannot move it."""
    length = len(text) * WIDTH
    return (f'<text x="{column * WIDTH}" y="{row * HEIGHT + 13}" textLength="{length}" '
            f'lengthAdjust="spacingAndGlyphs" xml:space="preserve">{html.escape(text, quote=False)}</text>')


def row_of(number, text):
    """One line of the picture."""
    out, column = [], 0
    while column < len(text):
        character = text[column]
        if character == " ":
            column += 1
        elif character in SIDES:
            style = ("round" if character in ROUND else "dashed" if character in DASHED
                     else "strong" if character in STRONG else "thin")
            out.append(line(column, number, SIDES[character], style))
            column += 1
        elif character in HEADS:
            out.append(head(column, number, HEADS[character]))
            column += 1
        else:
            end = column
            while end < len(text) and text[end] not in SIDES and text[end] not in HEADS and text[end:end + 2].strip():
                end += 1
            end = max(end, column + 1)
            out.append(words(column, number, text[column:end].rstrip()))
            column = end
    return out


def svg(lines):
    """The picture as an inline SVG. Throws ValueError for one that cannot be drawn."""
    columns = max((len(text) for text in lines), default=0)
    if columns > WIDEST:
        raise ValueError(f"a diagram {columns} columns wide; {WIDEST} fit")
    for text in lines:
        for character in text:
            if unicodedata.east_asian_width(character) in "WF" or unicodedata.combining(character):
                raise ValueError(f"'{character}' is not one column wide everywhere")
    drawn = [shape for number, text in enumerate(lines) for shape in row_of(number, text)]
    label = html.escape("\n".join(lines))
    width, height = columns * WIDTH, len(lines) * HEIGHT
    return (f'<div class="diagram" tabindex="0"><svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'style="min-width:{columns * READABLE}px" role="img" '
            f'aria-label="{label}">{"".join(drawn)}</svg></div>').replace("\n\n", "\n \n")
