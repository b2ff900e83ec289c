"""Suggestions of a model: asked over real HTTP, every failure one sentence, nothing taken on trust."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import factories
from tests.endpoints import endpoint, said
from training.augmenting.endpoint import Endpoint, ask, configured
from training.augmenting.held_out import HeldOut
from training.augmenting.outcomes import LeftOut
from training.augmenting.suggestions import question, suggested
from training.errors import AugmentationRefused

ASKED = [{"role": "user", "content": "Write rows."}]
KEY = "sk-a-very-secret-key"
NOBODY = HeldOut([])


def row(asked: str = "Play Hello", song: str = "Hello") -> dict[str, Any]:
    messages = [
        {"role": "user", "content": asked},
        {"role": "assistant", "content": "", "tool_calls": [factories.call("play_music", song=song)]},
    ]
    return {"messages": messages, "tools": [factories.schema()], "context": "", "language": "en", "expected": {}}


def answered(*rows: Any) -> str:
    return json.dumps({"rows": [{"messages": each["messages"]} for each in rows]})


def sentence(answer: Any, **more: Any) -> str:
    with endpoint(lambda _: answer) as told, pytest.raises(AugmentationRefused) as refused:
        ask(Endpoint(told.url, "m", KEY, **more), ASKED, 1)
    assert KEY not in str(refused.value)
    assert str(refused.value).endswith(".")
    return str(refused.value)


def test_the_model_is_asked_as_the_api_wants_it() -> None:
    with endpoint(lambda _: said("Here.")) as told:
        assert ask(Endpoint(told.url + "/", "tiny", KEY), ASKED, 7) == "Here."
        assert ask(Endpoint(told.url + "/chat/completions", "tiny"), ASKED, 7) == "Here."
    first, second = told.headers
    assert first["Authorization"] == f"Bearer {KEY}"
    assert "Authorization" not in second
    assert (told.bodies[0]["model"], told.bodies[0]["messages"], told.bodies[0]["seed"]) == ("tiny", ASKED, 7)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((401, b"{}"), "check AIDIRECTOR_AUGMENT_KEY"),
        ((404, b"{}"), "AIDIRECTOR_AUGMENT_MODEL"),
        ((400, b"{}"), "refused the request"),
        ((429, b"{}"), "try again later"),
        ((500, b"boom"), "failed (500)"),
        ((302, b"http://127.0.0.1:9/"), "sends us elsewhere"),
        ((200, b"<html>hello</html>"), "does not answer in the OpenAI format"),
        ((200, b'{"choices": []}'), "does not answer in the OpenAI format"),
        ((200, b"[" * 100_000), "does not answer in the OpenAI format"),
        ((200, b" " * (5 << 20)), "more than 4 MB"),
    ],
)
def test_an_endpoint_that_fails_is_one_sentence(answer: tuple[int, bytes], words: str) -> None:
    assert words in sentence(answer)


def test_silence_is_one_sentence() -> None:
    assert "did not answer within 0.2 seconds" in sentence((0, b""), seconds=0.2)


def test_nobody_there_is_one_sentence() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nowhere = Endpoint(f"http://127.0.0.1:{free.getsockname()[1]}/v1", "m", KEY)
        with pytest.raises(AugmentationRefused, match="does not answer: check that it runs"):
            ask(nowhere, ASKED, 1)


@pytest.mark.parametrize("answer", [said(None, refusal="I cannot."), said(""), said(None)])
def test_a_refusal_is_left_out(answer: Any) -> None:
    with endpoint(lambda _: answer) as told:
        found = ask(Endpoint(told.url, "m"), ASKED, 1)
    assert isinstance(found, LeftOut)
    assert found.outcome == "refused"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (("", "", ""), "No generation endpoint is configured"),
        (("file:///etc/passwd", "m", ""), "http:// or https://"),
        (("http://localhost/v1", "", ""), "AIDIRECTOR_AUGMENT_MODEL"),
    ],
)
def test_settings_that_make_no_endpoint_say_what_to_set(settings: tuple[str, str, str], words: str) -> None:
    with pytest.raises(AugmentationRefused, match=words):
        configured(*settings)


def test_the_key_is_never_shown() -> None:
    found = configured("http://me:hidden@localhost:1/v1", "m", KEY)
    assert KEY not in repr(found)
    assert found.host == "localhost"


def test_the_question_holds_the_row_and_the_card() -> None:
    system, user = question(row(), "Brand: Lab", 3)
    assert '{"rows": [...]}' in system["content"]
    assert "Brand: Lab" in user["content"]
    assert "Play Hello" in user["content"]


def test_good_rows_are_taken_with_the_tools_of_their_source() -> None:
    answer = f"Sure!\n```json\n{answered(row('Put on Yellow', 'Yellow'))}\n```"
    [made] = suggested(answer, row(), "", NOBODY)
    assert isinstance(made, dict)
    assert made["tools"] == row()["tools"]
    assert made["messages"][0]["content"] == "Put on Yellow"


def test_arguments_as_json_text_are_read_as_objects() -> None:
    suggestion = row("Put on Yellow", "Yellow")
    suggestion["messages"][1]["tool_calls"][0]["function"]["arguments"] = '{"song": "Yellow"}'
    [made] = suggested(answered(suggestion), row(), "", NOBODY)
    assert isinstance(made, dict)
    assert made["messages"][1]["tool_calls"][0]["function"]["arguments"] == {"song": "Yellow"}


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("I would rather not.", "unreadable"),
        ('{"rows": 3}', "unreadable"),
        ('{"rows": [3]}', "unreadable"),
        ('{"rows": [{"messages": [{"role": "user", "content": "Hi"}]}]}', "unreadable"),
        ('{"rows": [{"messages": [], "messages": []}]}', "unreadable"),
        (answered(row()), "same_request"),
        (answered(row("Play something", "Yellow")), "argument_lost"),
    ],
)
def test_what_a_model_gets_wrong_is_told(answer: str, outcome: str) -> None:
    [found] = suggested(answer, row(), "", NOBODY)
    assert isinstance(found, LeftOut)
    assert found.outcome == outcome


def test_held_out_values_and_wordings_are_refused() -> None:
    kept = HeldOut([row("Start with Zombie", "Zombie")])
    answer = answered(row("Put on Zombie", "Zombie"), row("Start with Yellow", "Yellow"))
    found = list(suggested(answer, row(), "", kept))
    assert [each.outcome for each in found if isinstance(each, LeftOut)] == ["held_out_value", "held_out_wording"]


def test_a_text_that_forgets_its_brand_is_refused() -> None:
    def text(answer: str) -> dict[str, Any]:
        messages = [{"role": "user", "content": answer + "?"}, {"role": "assistant", "content": answer}]
        return {"messages": messages, "tools": [], "context": "", "language": "en", "expected": {}}

    found = list(suggested(answered(text("Lab is fine."), text("All is fine.")), text("Lab."), "Lab", NOBODY))
    assert [isinstance(each, LeftOut) for each in found] == [False, True]


@given(st.text() | st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists).map(repr))
def test_no_answer_raises(answer: str) -> None:
    for found in suggested(answer, row(), "Lab", NOBODY):
        assert isinstance(found, LeftOut)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["rows", "messages", "role", "content", "tool_calls", "function", "name", "arguments"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=20,
    )
)
def test_no_json_raises(value: Any) -> None:
    for found in suggested(json.dumps({"rows": [value, {"messages": value}]}), row(), "", NOBODY):
        assert isinstance(found, dict | LeftOut)
