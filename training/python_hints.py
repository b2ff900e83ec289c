"""Type hints as JSON Schema, from their syntax alone."""

from __future__ import annotations

import ast
import warnings
from typing import Any

from training.errors import UnreadableTool

PLAIN = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "list": "array", "dict": "object"}
KNOWN = "str, int, float, bool, list[...], dict[str, ...], Literal[...], Optional[...] and Any"
LISTS = {"list", "List", "Sequence", "Iterable"}
OBJECTS = {"dict", "Dict", "Mapping"}


def schema_of(hint: ast.expr, line: int) -> dict[str, Any]:
    """The schema of a hint; raises `UnreadableTool` with the line for one that has none."""
    hint = unquoted(hint)
    choices = [choice for choice in alternatives(hint) if not is_none(choice)]
    if len(choices) > 1:
        kinds = [schema_of(choice, line) for choice in choices]
        if all(kind in ({"type": "integer"}, {"type": "number"}) for kind in kinds):
            return {"type": "number"}
        raise UnreadableTool(f"Line {line}: '{ast.unparse(hint)}' is several types. Choose one of them.")
    if choices and choices[0] is not hint:
        return schema_of(choices[0], line)
    name = name_of(hint)
    if isinstance(hint, ast.Subscript):
        return subscripted(name, hint, line)
    if name == "Any":
        return {}
    if name in PLAIN:
        return {"type": PLAIN[name]}
    raise unknown(hint, line)


def subscripted(name: str, hint: ast.Subscript, line: int) -> dict[str, Any]:
    inner = hint.slice.elts if isinstance(hint.slice, ast.Tuple) else [hint.slice]
    if name == "Literal":
        return literal(inner, hint, line)
    if name in LISTS and len(inner) == 1:
        items = schema_of(inner[0], line)
        return {"type": "array", "items": items} if items else {"type": "array"}
    if name in OBJECTS and len(inner) == 2 and name_of(inner[0]) == "str":
        values = schema_of(inner[1], line)
        return {"type": "object", "additionalProperties": values} if values else {"type": "object"}
    raise unknown(hint, line)


def literal(inner: list[ast.expr], hint: ast.expr, line: int) -> dict[str, Any]:
    """The choices of a Literal, which must be of one type."""
    try:
        values = [ast.literal_eval(value) for value in inner]
    except (ValueError, TypeError, SyntaxError, MemoryError):
        raise unknown(hint, line) from None
    kinds = {type(value).__name__ for value in values}
    if len(kinds) != 1 or not kinds <= {"str", "int", "bool"}:
        raise UnreadableTool(f"Line {line}: the choices of '{ast.unparse(hint)}' are not all texts. Write texts.")
    return {"type": PLAIN[kinds.pop()], "enum": list(dict.fromkeys(values))}


def alternatives(hint: ast.expr) -> list[ast.expr]:
    """What a hint allows one of: the sides of `|`, the types of Union, or a type and None."""
    found: list[ast.expr] = []
    waiting = [unquoted(hint)]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, ast.BinOp) and isinstance(one.op, ast.BitOr):
            waiting[:0] = [one.left, one.right]
        elif isinstance(one, ast.Subscript) and name_of(one) == "Optional":
            waiting[:0] = [one.slice, ast.Constant(None)]
        elif isinstance(one, ast.Subscript) and name_of(one) == "Union":
            waiting[:0] = one.slice.elts if isinstance(one.slice, ast.Tuple) else [one.slice]
        else:
            found.append(one)
    return found


def is_optional(hint: ast.expr) -> bool:
    return any(is_none(choice) for choice in alternatives(hint))


def is_none(hint: ast.expr) -> bool:
    return isinstance(hint, ast.Constant) and hint.value is None


def name_of(hint: ast.expr) -> str:
    """`list` of list[str], `Literal` of typing.Literal["a"]."""
    if isinstance(hint, ast.Subscript):
        hint = hint.value
    if isinstance(hint, ast.Attribute):
        return hint.attr
    return hint.id if isinstance(hint, ast.Name) else ""


def unquoted(hint: ast.expr) -> ast.expr:
    """A hint that is written as text, as the hint it means."""
    if isinstance(hint, ast.Constant) and isinstance(hint.value, str):
        try:
            body = quietly_parsed(f"({hint.value})").body
        except (SyntaxError, ValueError, MemoryError):
            return hint
        return body[0].value if len(body) == 1 and isinstance(body[0], ast.Expr) else hint
    return hint


def quietly_parsed(source: str) -> ast.Module:
    """The syntax of a source, without what Python says on the way about another person's backslashes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def unknown(hint: ast.expr, line: int) -> UnreadableTool:
    return UnreadableTool(f"Line {line}: the type hint '{ast.unparse(hint)}' is unknown. Use {KNOWN}.")
