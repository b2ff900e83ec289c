from __future__ import annotations

import importlib.util
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from types import ModuleType
from typing import Any

import pytest

from tests.training.pure.conftest import PACKS
from training.formats.trees import TOOLS
from training.functiongemma import parse, segments
from training.leakage import leaks
from training.packs import Pack, PackRow, read_pack
from training.row_checks import Surroundings, check_row

FOLDER = PACKS / "conversation"
FILES = ("trees.json", "trees_held_out.json")


@pytest.fixture(scope="module")
def conversation() -> Pack:
    return read_pack(FOLDER)


@pytest.fixture(scope="module")
def compose() -> Iterator[ModuleType]:
    """The script as a module; dataclasses look their module up by its name."""
    spec = importlib.util.spec_from_file_location("compose", FOLDER / "compose.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["compose"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["compose"]


def trees(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FOLDER / name).read_text("utf-8"))
    return found


def calls(row: PackRow, name: str) -> list[dict[str, Any]]:
    made = row.messages[-1]["tool_calls"]
    return [call["function"]["arguments"] for call in made if call["function"]["name"] == name]


def test_how_many_trees_and_examples_there_are(conversation: Pack) -> None:
    count = Counter((row.split, row.language) for row in conversation.rows)
    assert count == {("train", "en"): 335, ("train", "th"): 329, ("held_out", "en"): 44, ("held_out", "th"): 46}
    assert [Counter(tree["language"] for tree in trees(name)) for name in FILES] == [
        {"en": 75, "th": 75},
        {"en": 10, "th": 10},
    ]
    assert len({tree["topic"] for tree in trees("trees.json")}) == 30
    assert {row.task for row in conversation.rows} == {"conversation"}


def test_every_node_has_its_texts_and_three_choices(conversation: Pack) -> None:
    texts: Counter[int] = Counter()
    for row in conversation.rows:
        texts[len(calls(row, "add_text"))] += 1
        choices = calls(row, "add_choice")
        assert len({choice["text"] for choice in choices}) == len({choice["target"] for choice in choices}) == 3
        likely = [choice["confidence"] for choice in choices]
        assert likely == sorted(likely, reverse=True)
        assert all(0 < confidence < 1 for confidence in likely)
    assert set(texts) == {1, 2, 3, 4}


def test_the_way_to_a_node_is_told(conversation: Pack) -> None:
    depths = Counter(len(row.messages) for row in conversation.rows)
    assert set(depths) == {2, 4, 6}
    for row in conversation.rows:
        for number in range(2, len(row.messages), 2):
            before = row.messages[number - 1]["tool_calls"]
            offered = [c["function"]["arguments"].get("text") for c in before if c["function"]["name"] == "add_choice"]
            assert row.messages[number]["content"] in offered


def test_rows_are_expected_can_be_read_back_and_have_no_finding(conversation: Pack) -> None:
    for row in conversation.rows:
        made = row.messages[-1]["tool_calls"]
        trained = [text for text, learned in segments(row.messages, row.tools) if learned]
        assert parse(trained[-1]).calls == made
        assert row.expected == ({"calls": [call["function"] for call in made]} if row.split == "held_out" else {})
        assert check_row(asdict(row), Surroundings()) == []


def test_whole_topics_are_held_out(conversation: Pack) -> None:
    assert not {tree["topic"] for tree in trees("trees.json")} & {
        tree["topic"] for tree in trees("trees_held_out.json")
    }
    train = [asdict(row) for row in conversation.rows if row.split == "train"]
    held_out = [asdict(row) for row in conversation.rows if row.split == "held_out"]
    assert leaks(train, held_out) == []
    said = {text["content"] for row in conversation.rows if row.split == "train" for text in calls(row, "add_text")}
    asked = [text["content"] for row in conversation.rows if row.split == "held_out" for text in calls(row, "add_text")]
    assert not said & set(asked)


def test_the_trees_are_varied(conversation: Pack) -> None:
    train = [row for row in conversation.rows if row.split == "train"]
    answers = Counter(" ".join(text["content"] for text in calls(row, "add_text")) for row in train)
    assert len(answers) > 0.6 * len(train)
    assert max(answers.values()) <= 5  # a point occurs at most once in each of its topic's trees
    prompts = Counter(row.messages[0]["content"] for row in train if len(row.messages) == 2)
    assert max(prompts.values()) == 1


def test_the_pack_declares_the_tools_of_the_format(conversation: Pack) -> None:
    assert conversation.tools == list(TOOLS)
    assert all(row.tools == list(TOOLS) for row in conversation.rows)


@pytest.mark.parametrize("name", FILES)
def test_the_files_are_what_the_topics_make(compose: ModuleType, name: str) -> None:
    made = compose.written(compose.trees(*compose.FILES[name]))
    assert (FOLDER / name).read_text("utf-8") == made


def test_a_line_without_a_sign_is_refused(compose: ModuleType) -> None:
    with pytest.raises(ValueError, match="no sign of the form"):
        list(compose.topics("# tea | en\nhello"))
