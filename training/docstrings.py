"""What a docstring says about a function and its arguments, in the Google, NumPy or reST style."""

from __future__ import annotations

import re

HEADING = re.compile(r"(args|arguments|parameters|params|other parameters)\s*:?", re.IGNORECASE)
UNDERLINE = re.compile(r"-{3,}")
GOOGLE = re.compile(r"\*{0,2}(\w+)\s*(?:\([^()]*\))?\s*:\s*(.*)")
NUMPY = re.compile(r"\*{0,2}(\w+(?:\s*,\s*\w+)*)\s*(?::.*)?")
REST = re.compile(r":(?:param|parameter|arg|argument)\s+(?:[^:]*\s)?\*{0,2}(\w+)\s*:\s*(.*)")
FIELD = re.compile(r":\w[^:]*:")


def described(docstring: str) -> tuple[str, dict[str, str]]:
    """The first paragraph in one line, and the description of each argument by name; `docstring` has no margin."""
    lines = [tidy(line) for line in docstring.strip().split("\n")]
    return first_paragraph(lines), {**sections(lines), **fields(lines)}


def tidy(line: str) -> str:
    """A line with its margin kept and single spaces after it, which the patterns here are linear in."""
    words = line.split()
    return line[: len(line) - len(line.lstrip())] + " ".join(words) if words else ""


def first_paragraph(lines: list[str]) -> str:
    found: list[str] = []
    for number, line in enumerate(lines):
        underlined = number + 1 < len(lines) and UNDERLINE.fullmatch(lines[number + 1].strip())
        if not line.strip() or HEADING.fullmatch(line.strip()) or FIELD.match(line.strip()) or underlined:
            break
        found.append(line.strip())
    return " ".join(found)


def sections(lines: list[str]) -> dict[str, str]:
    """The arguments of every section with a heading for them."""
    found: dict[str, str] = {}
    for number, line in enumerate(lines):
        if line.startswith(" ") or not HEADING.fullmatch(line.strip()):
            continue
        rest = lines[number + 1 :]
        if rest and UNDERLINE.fullmatch(rest[0].strip()):
            found |= numpy_entries(rest[1:])
        elif line.strip().endswith(":"):
            found |= google_entries(rest)
    return found


def google_entries(lines: list[str]) -> dict[str, str]:
    """`name (type): text` lines, each with its deeper lines, up to the end of the indented block."""
    found: dict[str, list[str]] = {}
    name, margin = "", 0
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if line.strip() and not indent:
            break
        margin = margin or indent
        start = GOOGLE.fullmatch(line.strip()) if indent == margin else None
        if start:
            name = start[1]
            found[name] = [start[2]]
        elif name and line.strip():
            found[name].append(line.strip())
    return joined(found)


def numpy_entries(lines: list[str]) -> dict[str, str]:
    """`name : type` lines without an indent, each described by the indented lines below it."""
    found: dict[str, list[str]] = {}
    names: list[str] = []
    for number, line in enumerate(lines):
        if number + 1 < len(lines) and UNDERLINE.fullmatch(lines[number + 1].strip()):
            break
        if not line.strip():
            continue
        if line.startswith(" "):
            for name in names:
                found[name].append(line.strip())
        else:
            start = NUMPY.fullmatch(line.strip())
            names = re.split(r"\s*,\s*", start[1]) if start else []
            found |= {name: [] for name in names}
    return joined(found)


def fields(lines: list[str]) -> dict[str, str]:
    """`:param name: text` fields, each with the lines up to the next field or blank line."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in map(str.strip, lines):
        if start := REST.fullmatch(line):
            name = start[1]
            found[name] = [start[2]]
        elif not line or FIELD.match(line):
            name = ""
        elif name:
            found[name].append(line)
    return joined(found)


def joined(found: dict[str, list[str]]) -> dict[str, str]:
    return {name: text for name, words in found.items() if (text := " ".join(filter(None, words)))}
