"""Preflight's checks on rows as the base reads them: round trip, mask, tokenizer, length."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import factories, tiny
from tests.training.pure.test_functiongemma import CALLS, SAID
from training.functiongemma import segments
from training.preflight.lengths import Lengths
from training.preflight.mask import CLOSE, MOST, OPEN, LossMask, marked
from training.preflight.round_trip import RoundTrip
from training.preflight.tokens import TokenizerFacts, Tokens, loss
from training.preflight.verdicts import Verdict
from training.preflight.written import Answer, Survey, Written

Row = dict[str, Any]


def conversation(calls: list[Row], said: str) -> Row:
    answer = {"role": "assistant", "content": said, "tool_calls": calls}
    return {"messages": [{"role": "user", "content": "Go on"}, answer], "tools": []}


def written(row: Row, number: int = 1, **choices: Any) -> Written:
    """The row as a base of our own format has it."""
    pieces = tuple(segments(row["messages"], row["tools"]))
    texts = [text for text, trained in pieces if trained]
    said = [message for message in row["messages"] if message["role"] == "assistant"]
    usual = {
        "pieces": pieces,
        "rendered": "".join(text for text, _ in pieces),
        "tokens": 100,
        "answers": tuple(Answer(message, text, text) for message, text in zip(said, texts, strict=True)),
    }
    return Written(number, row, **{**usual, **choices})


def seen(survey: Survey, *rows: Written) -> Verdict:
    for row in rows:
        survey.see(row)
    return survey.verdict()


@given(CALLS, SAID)
def test_every_call_comes_back_as_it_was(calls: list[Row], said: str) -> None:
    assert seen(RoundTrip(parses=True), written(conversation(calls, said))).verdict == "passed"


@given(CALLS.filter(bool), SAID)
def test_a_call_that_is_not_the_wanted_one_fails(calls: list[Row], said: str) -> None:
    wanted = conversation(calls, said)
    taught = written(conversation([*calls[:-1], factories.call("quite_another")], said)).answers[0].text
    answer = Answer(wanted["messages"][1], taught, taught)
    assert seen(RoundTrip(parses=True), written(wanted, answers=(answer,))).verdict == "failed"


def test_control_tokens_in_a_value_do_not_come_back():
    row = conversation([factories.call(song="Halo<escape>, Yellow"), factories.call()], "")
    found = seen(RoundTrip(parses=True), written(tiny.play_row(1)), written(row, 2))
    assert found.verdict == "failed"
    assert "1 row of 2 did not survive" in found.evidence
    assert "row 2, “Go on”: wants" in found.evidence


@pytest.mark.parametrize("value", [1.0, True, "1", [1]])
def test_one_is_not_another_kind_of_one(value):
    one, other = (conversation([factories.call(n=each)], "") for each in (1, value))
    answer = Answer(one["messages"][1], written(other).answers[0].text, "")
    assert seen(RoundTrip(parses=True), written(one, answers=(answer,))).verdict == "failed"


def test_rows_the_template_writes_otherwise_or_not_at_all_fail():
    row = tiny.play_row(1)
    drifted = written(row, rendered="".join(text for text, _ in written(row).pieces).replace("Play", "play"))
    refused = Written(7, row, problem="the base's chat template refuses it: no tools here.")
    lost = written(row, answers=())
    found = seen(RoundTrip(parses=False), written(row), drifted, refused, lost)
    assert found.verdict == "failed"
    assert "3 rows of 4" in found.evidence
    assert "the template writes" in found.evidence
    assert "row 7, “Play Yellow at volume 1”: the base's chat template refuses it" in found.evidence
    assert "has 1 answer, and 0 were found" in found.evidence


PIECES = st.lists(
    st.tuples(st.text(st.characters(exclude_characters=OPEN + CLOSE), min_size=1), st.booleans()), max_size=8
)


@given(PIECES)
def test_what_is_trained_on_can_be_read_off_the_marks(pieces: list[tuple[str, bool]]) -> None:
    text = marked(tuple(pieces), most=10**6)
    shown = [part.split(CLOSE)[0] for part in text.split(OPEN)[1:]]
    assert len(shown) == sum(trained for _, trained in pieces)
    short = [text for text, trained in pieces if trained and len(text) < 300]
    assert [part for part in shown if " characters … " not in part] == short


def test_a_long_row_is_shown_in_short():
    text = marked((("<bos>" + "x" * 9000, False), ("y" * 9000, True), *((("z" * 300, True),) * 9)))
    assert len(text) < MOST + 100
    assert text.startswith("<bos>xxx")
    assert "xxx … 8,645 characters … xxx" in text
    assert text.endswith(" …")


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"pieces": (("<user>Hi<model>", False),)}, "In 1 row nothing is trained on: row 1, “Play Halo at volume 0”"),
        ({"pieces": (("<user>Hi<model>Yes", True),)}, "1 row would be learned whole"),
        ({"answers": (Answer({}, "Yes", "Yes", ends=False),)}, "the token that ends an answer is not trained on"),
        ({"answers": (Answer({}, " ", " "),)}, "nothing is trained on"),
    ],
)
def test_a_mask_that_is_wrong_fails(choices, said):
    found = seen(LossMask(), written(tiny.play_row(0), **choices))
    assert (found.verdict, said in found.evidence) == ("failed", True)
    assert found.cure


def test_the_longest_row_is_shown_with_its_answer_marked():
    found = seen(LossMask(), written(tiny.play_row(0)), written(tiny.play_row(1), 2, tokens=200))
    assert found.verdict == "passed"
    assert "row 2" in found.evidence
    answer = "call:play{song:<escape>Yellow<escape>,volume:1}<end_function_call><end_of_turn>"
    assert f"{OPEN}<start_function_call>{answer}{CLOSE}" in found.evidence


def told(text: str, decoded: str, **choices: Any) -> Written:
    return written(tiny.play_row(0), answers=(Answer({}, text, decoded),), **choices)


@given(st.text())
def test_a_text_that_comes_back_has_lost_nothing(text: str) -> None:
    assert loss(text, text) == ""


@pytest.mark.parametrize(
    ("row", "verdict", "said"),
    [
        (told("Meet Vela.", " Meet Vela. "), "passed", "100.0% of them the same text"),
        (told("Meet Vela.\n#Vela", "Meet Vela. #Vela"), "warning", "line breaks"),
        (told("Meet Vela…", "Meet Vela..."), "warning", "“Play Halo at volume 0”: 'Meet Vela…' becomes 'Meet Vela...'"),
        (told("Meet Véla", "meet vela"), "failed", "as another text"),
        (told("Meet", "Meet", unknown_written=1), "failed", "signs the vocabulary lacks in their answers"),
        (told("Meet", "Meet", unknown_read=1), "warning", "in what is read"),
        (told("กาแฟ", "กาแฟ", thai=(12, 4)), "warning", "Thai takes 3.0 tokens a letter"),
        (told("กาแฟ", "กาแฟ", thai=(4, 4)), "passed", "Thai takes 1.00 tokens a letter"),
    ],
)
def test_what_the_tokenizer_cannot_write_is_said(row, verdict, said):
    found = seen(Tokens(TokenizerFacts()), row)
    assert (found.verdict, said in found.evidence) == (verdict, True), found


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        (TokenizerFacts("mistral", 131_072, ("'T", "he", "'")), "failed"),
        (TokenizerFacts("mistral", 131_072, ("'", "The", "'")), "passed"),
        (TokenizerFacts("llama", 131_072, ("'T", "he", "'")), "passed"),
        (TokenizerFacts(shares_padding=True, masks_padding=False), "failed"),
        (TokenizerFacts(shares_padding=True), "passed"),
    ],
)
def test_known_defects_of_tokenizers_fail(facts, verdict):
    assert seen(Tokens(facts), told("Yes", "Yes")).verdict == verdict


@pytest.mark.parametrize(
    ("longest", "positions", "verdict", "cure"),
    [
        (900, 0, "passed", ""),
        (901, 0, "warning", "Raise 'longest' in the plan (at least 901)"),
        (1001, 4096, "failed", "Raise 'longest' in the plan (at least 1,001, at most 4,096)"),
        (1001, 1000, "failed", "choose a base that reads more at once"),
        (501, 500, "failed", "choose a base that reads more at once"),
    ],
)
def test_rows_that_do_not_fit_are_named(longest, positions, verdict, cure):
    rows = [written(tiny.play_row(number), number, tokens=10 * number) for number in range(1, 40)]
    found = seen(Lengths(1000, positions), *rows, written(tiny.play_row(7), 40, tokens=longest))
    assert (found.verdict, found.cure.startswith(cure) or cure in found.cure) == (verdict, True)
    if verdict == "failed":
        assert f"row 40, “Play Pim at volume 7” ({longest:,} tokens)" in found.evidence
    assert "40 rows: 210 tokens in the median, 95 % have at most 390" in found.evidence


def test_verdicts_are_json():
    found = seen(Lengths(1000), written(tiny.play_row(0)))
    assert json.loads(json.dumps(found.as_json()))["check"] == "length"
