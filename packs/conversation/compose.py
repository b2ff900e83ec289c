"""Composes `trees.json` and `trees_held_out.json` from the texts in `topics/`: `python packs/conversation/compose.py`.

The form of the topics is told in README.md. The draw is seeded by the tree's own name, so a changed topic leaves
every other tree as it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

HERE = Path(__file__).parent
FILES = {"trees.json": ("english", "thai"), "trees_held_out.json": ("held_out",)}
FEWEST_NODES, MOST_NODES = 4, 5
JOINED = 0.2  # share of the answers in two pieces that are said in one
LIKELY = ((0.66, 0.9), (0.42, 0.62), (0.14, 0.36))  # ranges of confidence: the first choice is the likeliest


@dataclass
class Part:
    """What is said at one point: its texts, and what may be asked next as (name, words or nothing)."""

    texts: list[str] = field(default_factory=list)
    choices: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Start:
    """A tree's own part: who asks, the opening words, and the answers to the opening and to its first choice."""

    name: str
    prompt: str
    opening: Part
    own: Part


@dataclass
class Topic:
    """Points that all trees of the topic may reach, each with ways to ask for it, and the trees' own parts."""

    name: str
    language: str
    asked: dict[str, list[str]] = field(default_factory=dict)
    points: dict[str, Part] = field(default_factory=dict)
    starts: list[Start] = field(default_factory=list)


def topics(text: str) -> Iterator[Topic]:
    """The topics of a file; raises ValueError for a line that begins with no sign of the form."""
    topic, part = Topic("", ""), Part()
    for line in filter(str.strip, text.splitlines()):
        sign, rest = line[0], [piece.strip() for piece in line[1:].split("|")]
        if sign == "#":
            if topic.name:
                yield topic
            topic = Topic(rest[0], rest[1])
        elif sign == "*":
            part = topic.points[rest[0]] = Part()
            topic.asked[rest[0]] = [way.strip() for way in rest[1].split(" / ")]
        elif sign == "@":
            part = Part()
            topic.starts.append(Start(rest[0], rest[1], part, Part()))
        elif sign == ">":
            if part.texts:
                part = topic.starts[-1].own
            part.texts = rest
        elif sign == "?":
            part.choices = [choice(piece) for piece in rest]
        else:
            raise ValueError(f"'{line}' begins with no sign of the form. Use #, *, @, > or ?.")
    yield topic


def choice(piece: str) -> tuple[str, str]:
    """`name: words`, or the name of a point of the topic alone."""
    name, _, words = piece.partition(":")
    return name.strip(), words.strip()


def tree(topic: Topic, start: Start) -> dict[str, object]:
    """The whole tree: opening, own answer and the two points of the opening, then perhaps a deeper point."""
    random = Random(f"{topic.name}/{start.name}")
    own = start.opening.choices[0][0]
    written = {"start": start.opening, own: start.own}
    most = random.randint(FEWEST_NODES, MOST_NODES)
    named = [name for name, _ in start.opening.choices[1:]]
    deeper = [name for part in (start.own, *map(topic.points.__getitem__, named)) for name, _ in part.choices]
    for name in [*named, *random.sample(deeper, len(deeper))]:
        if name in topic.points and len(written) < most:
            written.setdefault(name, topic.points[name])
    nodes = {name: node(topic, part, random) for name, part in written.items()}
    ends = dict.fromkeys(name for part in written.values() for name, _ in part.choices if name not in written)
    return {
        "id": f"{topic.name}-{start.name}",
        "topic": topic.name,
        "language": topic.language,
        "prompt": start.prompt,
        "root": "start",
        "nodes": nodes | {name: {} for name in ends},
    }


def node(topic: Topic, part: Part, random: Random) -> dict[str, object]:
    choices = [
        {
            "text": words or random.choice(topic.asked[name]),
            "confidence": round(random.uniform(*likely), 2),
            "target": name,
        }
        for (name, words), likely in zip(part.choices, LIKELY, strict=True)
    ]
    texts = [" ".join(part.texts)] if len(part.texts) == 2 and random.random() < JOINED else part.texts
    return {"texts": texts, "choices": choices}


def trees(*names: str) -> list[dict[str, object]]:
    """The trees of topic files, in their order."""
    read = (HERE / "topics" / f"{name}.txt" for name in names)
    return [tree(topic, start) for path in read for topic in topics(path.read_text("utf-8")) for start in topic.starts]


def written(found: list[dict[str, object]]) -> str:
    """The file as it is kept: readable by people, one space a level."""
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    for target, sources in FILES.items():
        (HERE / target).write_text(written(trees(*sources)), "utf-8")
