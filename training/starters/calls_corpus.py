"""Conversations that ask for random tools, with the calls that answer them.

Every request names its tool by the action's and the thing's words and announces every argument, so that
a careful reader is always able to get the call exactly right: ambiguous rows would set a ceiling that
looks like a bad model.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from training.starters.lexicon import THINGS, Action
from training.starters.tools_corpus import Argument, ToolSpec, tool_set
from training.starters.wordings import (
    ALONE,
    ASIDES,
    CLOSINGS,
    COMMON_FORMS,
    COMMON_FRAMES,
    JOINTS,
    MORE_CLOSINGS,
    MORE_OPENINGS,
    NAMED,
    NO_TOOL,
    OFF,
    ON,
    OPENINGS,
    RICH_FORMS,
    WITHOUT_ARTICLE,
    gerund,
)
from training.starters.words import Wider, is_common, is_rich, phrase, plain, said, thai_phrase


@dataclass(frozen=True)
class Conversation:
    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]]


def conversation(random: Random, *, most_tools: int = 6, most_turns: int = 6) -> Conversation:
    """One to `most_turns` requests over one random set of one to `most_tools` tools."""
    tools = tool_set(random, random.randint(1, most_tools))
    messages: list[dict[str, Any]] = []
    for _ in range(random.randint(1, most_turns)):
        messages += exchange(random, tools)
    declared = [t.schema() for t in tools]
    return Conversation(messages, declared)


def exchange(random: Random, tools: list[ToolSpec]) -> list[dict[str, Any]]:
    """A request and the answer to it: one call, several, or a sentence that no tool fits."""
    language = "th" if random.random() < 0.45 else "en"
    if random.random() < 0.05:
        return no_call(random, tools, language)
    clauses, calls = [], []
    for _ in range(random.choice((1, 1, 1, 1, 1, 1, 2, 2, 3))):
        clause, call = request(random, tools, language)
        clauses.append(clause)
        calls.append(call)
    text = clauses[0]
    for clause in clauses[1:]:
        text += random.choice(JOINTS[language]) + clause
    text = dressed(random, text, language)
    return [{"role": "user", "content": text}, {"role": "assistant", "content": "", "tool_calls": calls}]


def dressed(random: Random, text: str, language: str) -> str:
    if is_common(random) and random.random() < 0.5:
        return framed(random, text, language)
    rich = is_rich(random) and random.random() < 0.4
    opening, closing = (MORE_OPENINGS, MORE_CLOSINGS) if rich else (OPENINGS, CLOSINGS)
    text = random.choice(opening[language]) + text + random.choice(closing[language])
    if language == "en" and random.random() < 0.6:
        text = text[0].upper() + text[1:]
    if language == "en" and random.random() < 0.25:
        text += "."
    if isinstance(random, Wider) and random.random() < 0.2:
        text = with_aside(random, text, language)
    return text


def framed(random: Random, text: str, language: str) -> str:
    """The request as part of an everyday turn of speech."""
    frame = random.choice(COMMON_FRAMES[language])
    if "{ing}" in frame:
        asked = gerund(text)
        whole = frame.format(ing=asked) if asked else text
    else:
        whole = frame.format(text)
    return whole[0].upper() + whole[1:] if language == "en" and random.random() < 0.6 else whole


def with_aside(random: Random, text: str, language: str) -> str:
    """The request with a remark before or after it, which asks for nothing."""
    aside = random.choice(ASIDES[language]) if random.random() < 0.6 else plain(random, language, random.randint(2, 5))
    if language == "th":
        return random.choice((f"{aside} {text}", f"{text} {aside}"))
    return random.choice((f"{aside[0].upper()}{aside[1:]}, {text}", f"{text.rstrip('.')}, {aside}"))


def no_call(random: Random, tools: list[ToolSpec], language: str) -> list[dict[str, Any]]:
    """A wish for a thing that no tool in the set is about."""
    about = {t.thing.name for t in tools} | {o for t in tools for a in t.arguments for o in a.schema.get("enum", ())}
    stranger = tool_set(random, 1)[0]
    while stranger.thing.name in about or stranger.action.name in {t.action.name for t in tools}:
        stranger = tool_set(random, 1)[0]
    clause, _ = request(random, [stranger], language)
    return [
        {"role": "user", "content": dressed(random, clause, language)},
        {"role": "assistant", "content": NO_TOOL[language]},
    ]


def request(random: Random, tools: list[ToolSpec], language: str) -> tuple[str, dict[str, Any]]:
    """A clause that asks for one of the tools without ambiguity, and its call."""
    while True:
        tool = random.choice(tools)
        clause, arguments = ask(random, tool, tools, language)
        if clause:
            return clause, {"type": "function", "function": {"name": tool.name, "arguments": arguments}}


def only_one(tool: ToolSpec, tools: list[ToolSpec], language: str) -> bool:
    """Whether the action's words alone single this tool out."""
    mine = set(tool.action.english if language == "en" else tool.action.thai)
    others = [t for t in tools if t is not tool]
    words = {w for t in others for a in (t.action, *t.options) for w in (a.english if language == "en" else a.thai)}
    return not mine & words


def ask(random: Random, tool: ToolSpec, tools: list[ToolSpec], language: str) -> tuple[str, dict[str, Any]]:
    thing = random.choice(tool.thing.english if language == "en" else tool.thing.thai)
    if tool.shape == "switch":
        on = random.random() < 0.5
        return random.choice((ON if on else OFF)[language]).format(thing), {tool.arguments[0].name: on}
    if tool.shape == "control":
        option = random.choice(tool.options)
        arguments = {tool.arguments[0].name: option.name}
        if is_common(random) and random.random() < 0.3 and (own := own_words(option, tool, tools, language)):
            return random.choice(ALONE[language]).format(random.choice(own)), arguments
        return act_on(random, option.english, option.thai, thing, language), arguments
    if tool.shape == "bare":
        return act_on(random, tool.action.english, tool.action.thai, thing, language), {}
    if tool.shape == "search":
        return ask_search(random, tool, thing, language)
    return ask_action(random, tool, thing, language, alone=only_one(tool, tools, language))


def own_words(option: Action, tool: ToolSpec, tools: list[ToolSpec], language: str) -> list[str]:
    """The option's words that nothing else in the tools goes by: these need no thing to be clear."""

    def spoken(action: Action) -> tuple[str, ...]:
        return action.english if language == "en" else action.thai

    actions = [*(a for t in tools for a in (t.action, *t.options) if t is not tool), *tool.options]
    others = {word for action in actions if action is not option for word in spoken(action)}
    return [word for word in spoken(option) if word not in others and not word.endswith(WITHOUT_ARTICLE)]


def act_on(random: Random, english: tuple[str, ...], thai: tuple[str, ...], thing: str, language: str) -> str:
    if language == "th":
        return random.choice(thai) + thing
    verb, article = random.choice(english), random.choice(("the", "my", "this", "the"))
    return f"{verb} {thing}" if verb.endswith(WITHOUT_ARTICLE) else f"{verb} {article} {thing}"


def ask_search(random: Random, tool: ToolSpec, thing: str, language: str) -> tuple[str, dict[str, Any]]:
    query = said(random, language)
    arguments = {tool.arguments[0].name: query}
    verb = random.choice(tool.action.english if language == "en" else tool.action.thai)
    if random.random() < 0.5:
        kind = random.choice(tool.arguments[1].schema["enum"])
        arguments["type"] = kind
        spoken = next(t for t in THINGS if t.name == kind)
        if language == "th":
            return (
                f"{verb}{random.choice(spoken.thai)}{random.choice((' ', '', 'ชื่อ ', 'ของ '))}{query}",
                arguments,
            )
        word = random.choice(spoken.english)
        return random.choice(
            (
                f"{verb} the {word} {query}",
                f"{verb} {word}s by {query}",
                f"{verb} {word}s about {query}",
                f"{verb} a {word} called {query}",
            )
        ), arguments
    if language == "th":
        return random.choice((f"{verb} {query}", f"{verb}{thing} {query}", f"{verb}คำว่า {query}")), arguments
    return random.choice(
        (f"{verb} {query}", f"{verb} {query} in {thing}s", f"{verb} anything about {query}")
    ), arguments


def ask_action(random: Random, tool: ToolSpec, thing: str, language: str, *, alone: bool) -> tuple[str, dict[str, Any]]:
    verb = random.choice(tool.action.english if language == "en" else tool.action.thai)
    primary = next(a for a in tool.arguments if a.kind is None)
    value = said(random, language)
    arguments: dict[str, Any] = {primary.name: value}
    quoted = f'"{value}"' if random.random() < 0.08 else value
    clause = object_clause(random, verb, thing, quoted, language, alone=alone)
    others = [a for a in tool.arguments if a.kind and (a.required or random.random() < 0.5)]
    random.shuffle(others)
    for argument in others:
        piece, arguments[argument.name] = announce(random, argument, cues(argument, tool, language), language)
        clause += ("" if language == "th" and random.random() < 0.5 else " ") + piece
    return clause, arguments


def object_clause(random: Random, verb: str, thing: str, value: str, language: str, *, alone: bool) -> str:
    if alone and is_common(random) and random.random() < 0.5:
        return random.choice(COMMON_FORMS[language]).format(verb=verb, value=value)
    if is_rich(random) and random.random() < 0.2:
        return random.choice(RICH_FORMS[language]).format(verb=verb, thing=thing, value=value)
    if language == "th":
        forms = [
            f"{verb}{thing} {value}",
            f"{verb}{thing}{value}",
            f"{verb}{thing}ชื่อ {value}",
            f"{verb}{thing}ชื่อ{value}",
        ]
        return random.choice([*forms, f"{verb} {value}", f"{verb}{value}"] if alone else forms)
    article = random.choice(("the ", "a ", "my ", "", "that ", "a new "))
    forms = [
        f"{verb} {article}{thing} {value}",
        f"{verb} {article}{thing} called {value}",
        f"{verb} {article}{thing} named {value}",
        f"{verb} {value} {thing}",
    ]
    return random.choice([*forms[:3], f"{verb} {value}", f"{verb} {value}"] if alone else forms)


def cues(argument: Argument, tool: ToolSpec, language: str) -> list[str]:
    """The ways to announce an argument that no other argument of the tool shares."""

    def forms(a: Argument) -> tuple[str, ...]:
        return (a.kind.english if language == "en" else a.kind.thai) if a.kind else ()

    taken = {form for other in tool.arguments if other is not argument for form in forms(other)}
    return [form for form in forms(argument) if form not in taken] or list(NAMED[language])


def announce(random: Random, argument: Argument, forms: list[str], language: str) -> tuple[str, Any]:
    """An argument as it is said, and its value."""
    value = value_of(random, argument.schema["type"], language)
    form = random.choice(NAMED[language] if random.random() < 0.15 else forms)
    return form.format(value, name=argument.name.replace("_", " ")), value


def value_of(random: Random, kind: str, language: str) -> Any:
    if kind == "integer":
        return random.choice((random.randint(0, 20), random.randint(1, 100), random.randint(1, 1000)))
    if kind == "number":
        return random.choice((random.randint(1, 5000), round(random.uniform(0, 100), random.choice((1, 2)))))
    return thai_phrase(random, 2) if language == "th" and random.random() < 0.6 else phrase(random, 3)
