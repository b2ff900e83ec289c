from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brands.cards import LABELS
from tests.training.pure.conftest import PACKS
from training.functiongemma import CONTROL_TOKENS
from training.starters import calls_corpus, texts_corpus
from training.starters.calls_corpus import NO_TOOL, Conversation
from training.starters.lexicon import ACTIONS, KINDS, THINGS
from training.starters.rehearsal import rehearsed
from training.starters.tools_corpus import tool_set
from training.starters.wordings import gerund
from training.starters.words import Wide, invented, invented_thai, phrase, said, thai_phrase, wider
from training.tool_schemas import arguments_problem, tool_problem

SEEDS = st.integers(0, 2**64)


def any_random(seed: int) -> Random:
    """Each kind of randomness the rounds draw from."""
    pieces = (["qu", "vie", "ston"], ["กา", "ร์", "เม"])
    kinds = (
        Random,
        Wide,
        lambda seed: wider(seed, *pieces),
        lambda seed: wider(seed, *pieces, rich=True),
        lambda seed: wider(seed, *pieces, rich=True, common=True),
    )
    return kinds[seed % len(kinds)](seed)


def turns(made: Conversation) -> list[tuple[str, dict[str, Any]]]:
    return [(ask["content"], answer) for ask, answer in zip(made.messages[::2], made.messages[1::2], strict=True)]


@pytest.mark.parametrize("corpus", [calls_corpus, texts_corpus])
@given(seed=SEEDS)
def test_the_same_seed_gives_the_same_conversation(corpus: Any, seed: int) -> None:
    made = corpus.conversation(any_random(seed))
    assert made == corpus.conversation(any_random(seed))
    assert [message["role"] for message in made.messages] == ["user", "assistant"] * (len(made.messages) // 2)
    written = json.dumps([made.messages, made.tools], ensure_ascii=False, allow_nan=False)
    assert not any(token in written for token in CONTROL_TOKENS)


@pytest.mark.parametrize("corpus", [calls_corpus, texts_corpus])
def test_another_seed_gives_another_conversation(corpus: Any) -> None:
    made = [json.dumps(corpus.conversation(any_random(seed)).messages) for seed in range(300)]
    assert len(set(made)) == 300


@given(SEEDS, st.integers(1, 8))
def test_tools_are_sound_and_told_apart_by_name(seed: int, count: int) -> None:
    tools = [spec.schema() for spec in tool_set(any_random(seed), count)]
    assert len({tool["function"]["name"] for tool in tools}) == count
    assert [tool_problem(tool) for tool in tools] == [""] * count


@given(SEEDS)
def test_every_request_can_be_answered_from_its_words_and_tools(seed: int) -> None:
    """The called tool is declared, its arguments fit, and every free value stands in the request."""
    made = calls_corpus.conversation(any_random(seed))
    declared = {tool["function"]["name"]: tool for tool in made.tools}
    for asked, answer in turns(made):
        for call in answer.get("tool_calls", []):
            name, arguments = call["function"]["name"], call["function"]["arguments"]
            assert arguments_problem(arguments, declared[name]) == ""
            properties = declared[name]["function"]["parameters"]["properties"]
            for argument, value in arguments.items():
                if "enum" not in properties[argument] and not isinstance(value, bool):
                    said = str(value).removesuffix(".")  # before a remark the full stop goes
                    assert said.casefold() in asked.casefold()  # and a request may begin with a capital letter


@given(SEEDS)
def test_a_request_that_no_tool_fits_is_answered_in_its_language(seed: int) -> None:
    for asked, answer in turns(calls_corpus.conversation(any_random(seed), most_turns=12)):
        if "tool_calls" not in answer:
            thai = any("\u0e00" <= letter <= "\u0e7f" for letter in asked)
            assert answer["content"] == NO_TOOL["th" if thai else "en"]


def test_a_corpus_has_both_languages_and_every_kind_of_answer() -> None:
    answers = [answer for seed in range(300) for _, answer in turns(calls_corpus.conversation(any_random(seed)))]
    calls = [len(answer.get("tool_calls", [])) for answer in answers]
    assert set(calls) == {0, 1, 2, 3}
    assert {answer["content"] for answer in answers} == {"", *NO_TOOL.values()}


def test_limits_are_kept() -> None:
    for seed in range(200):
        made = calls_corpus.conversation(any_random(seed), most_tools=2, most_turns=1)
        assert (len(made.tools) <= 2, len(made.messages)) == (True, 2)
        assert len(texts_corpus.conversation(any_random(seed), most_turns=1).messages) == 2


@given(SEEDS)
def test_a_text_starts_with_a_card_in_one_language(seed: int) -> None:
    made = texts_corpus.conversation(any_random(seed))
    card = made.messages[0]["content"].split("\n\n")[0]
    labels = [line.split(": ")[0] for line in card.split("\n")]
    assert any(set(labels) <= set(LABELS[language]) for language in LABELS)
    assert made.tools == []


@given(SEEDS)
def test_what_is_looked_up_or_listed_stands_on_the_card(seed: int) -> None:
    random = any_random(seed)
    facts = texts_corpus.record(random, "en")
    card = texts_corpus.block(random, facts, "en")
    _, found = texts_corpus.look_up(random, facts, "en")
    _, listed = texts_corpus.lines(random, facts, "en")
    assert all(line in card for line in found.split("\n"))
    assert all(line.split(": ", 1)[1] in card for line in listed.split("\n"))


@given(SEEDS, st.sampled_from(["en", "th"]))
def test_a_filled_sentence_has_no_gap_and_a_repeated_message_is_whole(seed: int, language: str) -> None:
    random = any_random(seed)
    facts = texts_corpus.record(random, language)
    asked, filled = texts_corpus.fill(random, facts, language)
    assert "[" in asked
    assert "[" not in filled
    asked, repeated = texts_corpus.repeat(random, facts, language)
    message = asked.split(": ", 1)[1]
    assert repeated.startswith(message)


@given(SEEDS, st.sampled_from(["en", "th"]))
def test_a_composed_line_uses_only_facts_there_are(seed: int, language: str) -> None:
    random = any_random(seed)
    facts = texts_corpus.record(random, language)
    _, line = texts_corpus.compose(random, facts, language)
    assert any(value in line for values in facts.values() for value in values)
    few = {"industry": facts["industry"]}
    asked, line = texts_corpus.compose(random, few, language)
    assert line == facts["industry"][0]


@given(SEEDS)
def test_words_are_of_their_script(seed: int) -> None:
    random = any_random(seed)
    assert invented(random).isascii()
    assert phrase(random)
    assert all("\u0e00" <= letter <= "\u0e7f" for letter in invented_thai(random))
    assert all(text == text.strip() and text for text in (thai_phrase(random), said(random, "th")))


def test_the_lexicon_says_everything_in_both_languages() -> None:
    assert len({action.name for action in ACTIONS}) == len(ACTIONS)
    for _, english, thai in [*ACTIONS, *THINGS]:
        assert all((*english, *thai))
    for kind in KINDS:
        assert all("{}" in form for form in (*kind.english, *kind.thai))


@pytest.mark.parametrize(
    ("asked", "said_so"),
    [
        ("stop the robot", "stopping the robot"),
        ("make a note", "making a note"),
        ("set up the lamp", "setting up the lamp"),
        ("free the bird", "freeing the bird"),
        ("next page", ""),
        ("what is the time", ""),
        ("Karen sings", ""),
    ],
)
def test_a_request_becomes_a_gerund_where_it_starts_with_a_verb(asked: str, said_so: str) -> None:
    assert gerund(asked) == said_so


def test_the_starters_never_see_the_tools_they_are_tested_with() -> None:
    music = {tool["function"]["name"] for tool in json.loads((PACKS / "music" / "tools.json").read_text("utf-8"))}
    made = {spec.name for seed in range(2000) for spec in tool_set(any_random(seed), 4)}
    assert not music & made


def test_rehearsal_is_seeded_and_asks_only_for_tools_it_declares() -> None:
    rows = rehearsed(40, 7)
    assert rows == rehearsed(40, 7)
    assert rows != rehearsed(40, 8)
    for row in rows:
        declared = {tool["function"]["name"] for tool in row["tools"]}
        assert {call["function"]["name"] for m in row["messages"] for call in m.get("tool_calls", ())} <= declared
    assert rehearsed(0, 7) == ()
