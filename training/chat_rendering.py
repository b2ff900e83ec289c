"""A conversation in a base's own chat template, without the base's tokenizer: what it is given, and what it learns.

`spoken` finds what a model is trained on as `training.ml.rows` does, and a test holds the two together. Templates are
Jinja as `transformers` runs it: sandboxed, with `raise_exception`, `strftime_now` and a plain `tojson`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from jinja2 import Template, TemplateError, nodes
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

from training.errors import TemplateDrift, UnreadableTemplate
from training.prompts import with_context

Message = dict[str, Any]
Parts = list[tuple[str, bool]]


class Names(Namespace):
    """A namespace without names that begin with an underscore, which could lead out of the sandbox."""

    def __init__(*args: Any, **named: Any) -> None:
        self, *given = args
        found = dict(*given, **named)
        for name in found:
            check_name(name)
        Namespace.__init__(self, found)

    def __setitem__(self, name: str, value: Any) -> None:
        check_name(name)
        super().__setitem__(name, value)


def check_name(name: Any) -> None:
    if isinstance(name, str) and name.startswith("_"):
        raise SecurityError(f"the name {name!r} begins with an underscore")


class Generation(Extension):
    """`{% generation %}` frames what is trained on; here it is only passed over."""

    tags = {"generation"}

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


@dataclass(frozen=True)
class ChatTemplate:
    """A template as a tokenizer's folder holds it; `tool_use` is another one for rows with tools, if there is one."""

    text: str
    tool_use: str
    specials: tuple[tuple[str, str], ...]

    def written(self, messages: Sequence[Message], tools: Any = None, *, opened: bool = False) -> str:
        """The conversation as text; raises UnreadableTemplate for what the template refuses."""
        template = compiled(self.tool_use if tools and self.tool_use else self.text)
        said = [{key: value for key, value in message.items() if value is not None} for message in messages]
        try:
            return template.render(
                {**dict(self.specials), "messages": said, "tools": tools or None, "add_generation_prompt": opened}
            )
        except Exception as problem:  # a template is somebody else's program
            raise UnreadableTemplate(
                f"The base's chat template cannot write this row: {str(problem).rstrip('.')}."
            ) from problem


def read_template(folder: Path) -> ChatTemplate | None:
    """The template in a tokenizer's folder; None where there is none."""
    try:
        config = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    found = templates(folder, config) if isinstance(config, Mapping) else {}
    if "default" not in found:
        return None
    special = [(name, token_text(value)) for name, value in config.items() if name.endswith("_token")]
    return ChatTemplate(
        found["default"], found.get("tool_use", ""), tuple((name, text) for name, text in special if text)
    )


def templates(folder: Path, config: Mapping[str, Any]) -> dict[str, str]:
    """By name; files stand before what the configuration says."""
    said = config.get("chat_template")
    found = {"default": said} if isinstance(said, str) else {}
    if isinstance(said, list):
        found = {each["name"]: each["template"] for each in said if {"name", "template"} <= each.keys()}
    for path in (folder / "chat_template.jinja", *sorted((folder / "additional_chat_templates").glob("*.jinja"))):
        if path.is_file():
            found["default" if path.stem == "chat_template" else path.stem] = path.read_text("utf-8")
    return found


def token_text(value: Any) -> str:
    """A special token, which stands as text or as an object with its `content`."""
    text = value.get("content") if isinstance(value, Mapping) else value
    return text if isinstance(text, str) else ""


@lru_cache(maxsize=32)
def compiled(text: str) -> Template:
    """Raises UnreadableTemplate for a text that is no template."""
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, "jinja2.ext.loopcontrols"]
    )
    environment.filters["tojson"] = as_json
    environment.globals |= {
        "raise_exception": refuse,
        "strftime_now": lambda form: datetime.now().strftime(form),
        "dict": lambda *pairs, **named: dict(*pairs, **named),
        "namespace": Names,
    }
    try:
        return environment.from_string(text)
    except TemplateError as problem:
        raise UnreadableTemplate(f"The base's chat template cannot be read: {str(problem).rstrip('.')}.") from problem


def as_json(
    value: Any, ensure_ascii: bool = False, indent: Any = None, separators: Any = None, sort_keys: bool = False
) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def refuse(message: str) -> NoReturn:
    raise TemplateError(message)


def decoder_parts(template: ChatTemplate, row: Mapping[str, Any]) -> Parts:
    """The row as (text, trained) pieces; raises UnreadableTemplate or TemplateDrift."""
    messages, tools = with_context(row["messages"], row.get("context", "")), row.get("tools")
    return cut(*spoken(lambda count, opened: template.written(messages[:count], tools, opened=opened), messages))


def spoken(written: Callable[[int, bool], str], messages: Sequence[Message]) -> tuple[str, list[tuple[int, int]]]:
    """The conversation as text, and where in it the assistant speaks, as what one more message adds to the text.

    `written` gives the text of the first messages, with or without an opened turn of the assistant. Raises
    TemplateDrift where earlier turns are written differently later on.
    """
    whole, spans = written(len(messages), False), []
    for index, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        before, after = written(index, True), written(index + 1, False).rstrip()
        if not (after.startswith(before) and whole.startswith(after)):
            raise TemplateDrift(
                "The base model's chat template rewrites earlier turns, so what to train on cannot be told apart. "
                "Use rows with one assistant turn, or give the base a plain template."
            )
        spans.append((len(before), len(after)))
    return whole, spans


def cut(text: str, spans: Sequence[tuple[int, int]]) -> Parts:
    parts, at = [], 0
    for start, end in spans:
        parts += [(text[at:start], False), (text[start:end], True)]
        at = end
    return [(piece, trained) for piece, trained in [*parts, (text[at:], False)] if piece]


def encoder_parts(row: Mapping[str, Any]) -> Parts:
    """The row as an encoder-decoder has it: for each answer the request that the encoder reads, then the answer."""
    parts: Parts = []
    asked = ""
    for message in row["messages"]:
        if message["role"] == "user":
            asked = with_context([message], row.get("context", ""))[0]["content"]
        if message["role"] == "assistant":
            parts += [(f"{asked}\n", False), (message["content"], True), ("\n", False)]
    return parts
