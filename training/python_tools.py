"""Python functions as tool declarations: the source is parsed, looked at, and never executed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from training.docstrings import described
from training.errors import UnreadableTool
from training.formats.canonical import Tool
from training.formats.fields import kind
from training.python_hints import is_optional, quietly_parsed, schema_of
from training.tool_schemas import problem

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions_in(source: str) -> Iterator[tuple[str, Tool]]:
    """("Line 3", declaration) for every function at the top level; raises `UnreadableTool` with the line."""
    functions = [node for node in parsed(source) if isinstance(node, Function)]
    if not functions:
        raise UnreadableTool("The text is neither JSON nor Python with a function. Paste a declaration or a 'def'.")
    for function in functions:
        try:
            yield f"Line {function.lineno}", tool_of(function)
        except RecursionError as error:
            raise UnreadableTool(
                f"Line {function.lineno}: '{function.name}' is nested too deep to be read. Simplify its hints."
            ) from error


def parsed(source: str) -> list[ast.stmt]:
    try:
        return quietly_parsed(source).body
    except SyntaxError as error:
        raise UnreadableTool(
            f"Line {error.lineno or 1}: this is neither JSON nor Python ({error.msg}). Correct it there."
        ) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise UnreadableTool(
            "The text is neither JSON nor Python that can be read. Paste the functions alone."
        ) from error


def tool_of(function: Function) -> Tool:
    """The declaration of a function: its docstring's first paragraph, and a schema from its hints and defaults."""
    about, described_arguments = described(ast.get_docstring(function) or "")
    properties: dict[str, Any] = {}
    required: list[str] = []
    for argument, default in arguments_of(function):
        schema = schema_of(hint_of(argument, function), argument.lineno)
        if text := described_arguments.get(argument.arg):
            schema["description"] = text
        if default is not None:
            schema |= default_of(default, schema, argument)
        elif not is_optional(hint_of(argument, function)):
            required.append(argument.arg)
        properties[argument.arg] = schema
    parameters = {"type": "object", "properties": properties, "required": required}
    return {
        "type": "function",
        "function": {"name": function.name, "description": about, "parameters": parameters},
    }


def arguments_of(function: Function) -> list[tuple[ast.arg, ast.expr | None]]:
    """Every argument with its default; raises `UnreadableTool` for `*args` and `**kwargs`, which say nothing."""
    given = function.args
    if free := given.vararg or given.kwarg:
        raise UnreadableTool(
            f"Line {free.lineno}: '{function.name}' takes any number of arguments as '{free.arg}'. Name each of them."
        )
    plain = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(plain) - len(given.defaults)) + list(given.defaults)
    return [*zip(plain, defaults, strict=True), *zip(given.kwonlyargs, given.kw_defaults, strict=True)]


def hint_of(argument: ast.arg, function: Function) -> ast.expr:
    if argument.annotation is None:
        raise UnreadableTool(
            f"Line {argument.lineno}: '{argument.arg}' of '{function.name}' has no type hint. Write one, such as str."
        )
    return argument.annotation


def default_of(default: ast.expr, schema: dict[str, Any], argument: ast.arg) -> dict[str, Any]:
    """{"default": value} where the default is one that JSON can write; None and computed ones are left out."""
    try:
        value = ast.literal_eval(default)
    except (ValueError, TypeError, SyntaxError, MemoryError):
        return {}
    if value is None or kind(value) == "no JSON":
        return {}
    if complaint := problem(value, schema):
        raise UnreadableTool(
            f"Line {default.lineno}: the default of '{argument.arg}' does not fit its hint: {complaint}."
        )
    return {"default": value}
