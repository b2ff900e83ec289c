"""The regular expressions of tool schemas, matched by RE2 in a time that grows with the text alone.

Schemas come from users. Python's own matcher tries every way a pattern can be read, and `(a+)+$` against thirty
letters is enough to stop a worker for hours. RE2 (https://github.com/google/re2/wiki/Syntax) follows all ways at once;
what cannot be matched like that, looking around and referring back, it refuses.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import re2

LONGEST = 200  # characters of a pattern
PLAIN_NAMES = re.compile(r"\^?(?:[\w -]|\\\.)*\$?")


def pattern_problem(pattern: object) -> str:
    """Why the pattern cannot be used, to stand behind "it"; empty when it can."""
    if not isinstance(pattern, str):
        return "is no text"
    if len(pattern) > LONGEST:
        return f"has {len(pattern)} characters, and {LONGEST} is the most"
    try:
        compiled(pattern)
    except re2.error as problem:
        why = problem.args[0]
        return f"cannot be used ({why.decode(errors='replace') if isinstance(why, bytes) else why})"
    return ""


def name_pattern_problem(pattern: str) -> str:
    """Why a pattern of names (`patternProperties`) cannot be used: Python's own matcher reads these, so that they
    are plain signs in a row."""
    if problem := pattern_problem(pattern):
        return problem
    plain = PLAIN_NAMES.fullmatch(pattern)
    return "" if plain else "holds more than plain signs; names are told apart by how they begin or end"


def found_in(pattern: str, text: str) -> bool:
    """Whether the pattern is somewhere in the text; `pattern_problem` must have nothing against it."""
    return compiled(pattern).search(text) is not None


@lru_cache(maxsize=512)
def compiled(pattern: str) -> Any:
    quiet = re2.Options()
    quiet.log_errors = False
    return re2.compile(pattern, quiet)
