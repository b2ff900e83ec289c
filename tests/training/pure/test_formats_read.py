"""What each format makes of a record, and what it says of one that is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from training.errors import UnreadableRow, UnreadableSource
from training.formats import FORMATS, reader, recognised, writer
from training.formats.canonical import Canonical

PLAY = {"name": "play", "arguments": {"song": "ลม"}}
STOP = {"name": "stop", "arguments": {}}
DECLARED = {"name": "play", "description": "", "parameters": {"type": "object", "properties": {}}}
ALPACA = {"instruction": "Write", "input": "a line", "output": "Done"}


def wrapped(call: dict[str, Any]) -> dict[str, Any]:
    return {"type": "function", "function": call}


def turn(speaker: str, value: Any) -> dict[str, Any]:
    return {"from": speaker, "value": value if isinstance(value, str) else json.dumps(value)}


def sharegpt(*turns: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"conversations": [turn("human", "Play"), *turns], **more}


def chat(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": "Play"}, *messages], **more}


def read(name: str, record: dict[str, Any]) -> Canonical:
    (found,) = FORMATS[name].read(record)
    return found


def answer(*calls: dict[str, Any], content: str = "") -> dict[str, Any]:
    return {"role": "assistant", "content": content, "tool_calls": [wrapped(call) for call in calls]}


def test_alpaca_joins_instruction_and_input_and_tells_them_apart_again() -> None:
    row = read("alpaca", ALPACA | {"system": "Be brief.", "history": [["Hi", "Hello"]]})
    assert [(m["role"], m["content"]) for m in row.messages] == [
        ("system", "Be brief."),
        ("user", "Hi"),
        ("assistant", "Hello"),
        ("user", "Write\na line"),
        ("assistant", "Done"),
    ]
    assert row.details == {"input": "a line"}
    assert writer("alpaca")(row) == ALPACA | {"system": "Be brief.", "history": [["Hi", "Hello"]]}


def test_alpaca_writes_an_edited_request_as_one_instruction() -> None:
    said = [{"role": "user", "content": "Rewritten"}, {"role": "assistant", "content": "Done"}]
    row = Canonical(said, details={"input": "a line"})
    assert writer("alpaca")(row) == {"instruction": "Rewritten", "input": "", "output": "Done"}


@pytest.mark.parametrize("text", ["  Write \r\n", "\ufeffเขียน\u200b", "a\u2028b"])
def test_texts_are_kept_sign_for_sign(text: str) -> None:
    row = read("alpaca", {"instruction": text, "output": text})
    assert [message["content"] for message in row.messages] == [text, text]


def test_what_else_a_record_says_travels_along() -> None:
    beside = {"brand": "coffeelab", "task": "caption", "language": "th", "group": "g", "synthetic": True, "id": 7}
    row = read("alpaca", ALPACA | beside | {"split": "validation"})
    assert (row.task, row.language, row.group) == ("caption", "th", "g")
    assert row.details == {
        "brand": "coffeelab",
        "synthetic": True,
        "input": "a line",
        "extra": {"id": 7, "split": "validation"},
    }
    assert writer("alpaca")(row) == ALPACA | beside | {"split": "validation"}


def test_sharegpt_calls_in_a_row_are_one_message() -> None:
    listed = sharegpt(turn("function_call", [PLAY, STOP]), turn("observation", "ok"), turn("tool", "done"))
    apart = sharegpt(turn("function_call", PLAY), turn("function_call", STOP), *listed["conversations"][2:])
    assert read("sharegpt", listed) == read("sharegpt", apart)
    assert read("sharegpt", apart).messages[1:] == [
        answer(PLAY, STOP),
        {"role": "tool", "name": "play", "content": "ok"},
        {"role": "tool", "name": "stop", "content": "done"},
    ]


def test_sharegpt_joins_calls_to_the_words_before_them() -> None:
    row = read("sharegpt", sharegpt(turn("gpt", "One moment."), turn("function_call", PLAY)))
    assert row.messages[1:] == [answer(PLAY, content="One moment.")]
    assert [said["from"] for said in writer("sharegpt")(row)["conversations"]] == ["human", "gpt", "function_call"]


def test_sharegpt_arguments_as_text_become_objects() -> None:
    as_text = sharegpt(turn("function_call", {"name": "play", "arguments": json.dumps(PLAY["arguments"])}))
    row = read("sharegpt", as_text)
    assert row.messages[1] == answer(PLAY)
    assert json.loads(writer("sharegpt")(row)["conversations"][1]["value"]) == PLAY


def test_sharegpt_tools_and_system() -> None:
    row = read("sharegpt", sharegpt(turn("gpt", "Hi"), tools=json.dumps([DECLARED]), system="Be brief."))
    assert row.tools == [wrapped(DECLARED)]
    assert row.messages[0] == {"role": "system", "content": "Be brief."}
    written = writer("sharegpt")(row)
    assert (json.loads(written["tools"]), written["system"]) == ([DECLARED], "Be brief.")


def test_sharegpt_is_not_written_where_turns_would_run_together() -> None:
    twice = Canonical([{"role": "assistant", "content": "A"}, answer(PLAY)])
    mixed = Canonical([answer(PLAY, STOP), {"role": "tool", "name": "stop", "content": "ok"}])
    for row in (twice, mixed):
        with pytest.raises(UnreadableRow, match="ShareGPT"):
            writer("sharegpt")(row)


def test_openai_finds_the_name_of_a_result_by_its_id() -> None:
    calls = [
        {"id": "a", "type": "function", "function": {"name": "play", "arguments": '{"song": "ลม"}'}},
        {"id": "b", "type": "function", "function": {"name": "stop", "arguments": {}}},
    ]
    results = [{"role": "tool", "tool_call_id": id, "content": id} for id in ("b", "a")]
    row = read("openai", chat({"role": "assistant", "content": None, "tool_calls": calls}, *results))
    assert row.messages[1:] == [
        answer(PLAY, STOP),
        {"role": "tool", "name": "stop", "content": "b"},
        {"role": "tool", "name": "play", "content": "a"},
    ]
    written = writer("openai")(row)["messages"]
    assert written[1]["content"] is None
    assert written[1]["tool_calls"][0]["function"] == {"name": "play", "arguments": '{"song": "ลม"}'}
    assert [message["tool_call_id"] for message in written[2:]] == ["call_2", "call_1"]


def test_openai_of_before_tools() -> None:
    record = chat(
        {"role": "assistant", "function_call": {"name": "stop", "arguments": "{}"}},
        {"role": "function", "name": "stop", "content": "ok"},
        functions=[DECLARED],
        parallel_tool_calls=False,
    )
    row = read("openai", record)
    assert row.messages[1:] == [answer(STOP), {"role": "tool", "name": "stop", "content": "ok"}]
    assert row.tools == [wrapped(DECLARED)]
    assert writer("openai")(row)["parallel_tool_calls"] is False


def test_openai_reads_content_in_parts_and_the_developer_as_system() -> None:
    parts = [{"type": "text", "text": "Be "}, {"type": "text", "text": "brief."}]
    row = read("openai", {"messages": [{"role": "developer", "content": parts}]})
    assert row.messages == [{"role": "system", "content": "Be brief."}]


def test_openai_is_not_written_with_a_result_of_no_call() -> None:
    with pytest.raises(UnreadableRow, match="answers no call"):
        writer("openai")(Canonical([{"role": "tool", "name": "play", "content": "ok"}]))


def test_classification_answers_with_label_and_scores_in_order() -> None:
    record = {
        "content": "How photosynthesis works",
        "classification": "educational",
        "engagement_score": 0.85,
        "educational_value": 0.92,
    }
    row = read("classification", record)
    assert row.task == "classification"
    assert row.messages[0]["content"] == "How photosynthesis works"
    assert row.messages[1]["content"] == '{"label": "educational", "educational_value": 0.92, "engagement_score": 0.85}'
    again = {"text": record["content"], "label": "educational", "scores": {"depth": 1}, "engagement": 2}
    assert writer("classification")(read("classification", again)) == {
        "text": record["content"],
        "label": "educational",
        "scores": {"depth": 1, "engagement": 2},
    }


@pytest.mark.parametrize(
    ("goal", "asked"),
    [
        ("Master machine learning", "Goal: Master machine learning\nLevel: beginner"),
        ("เรียนภาษาไทย", "เป้าหมาย: เรียนภาษาไทย\nระดับ: beginner"),
    ],
)
def test_a_learning_path_is_a_numbered_list(goal: str, asked: str) -> None:
    row = read("learning_path", {"goal": goal, "current_level": "beginner", "path": ["Python", "Statistics"]})
    assert [message["content"] for message in row.messages] == [asked, "1. Python\n2. Statistics"]
    written = writer("learning_path")(row)
    assert written == {"goal": goal, "level": "beginner", "steps": ["Python", "Statistics"]}


def test_tutoring_keeps_its_context_apart() -> None:
    record = {"question": "What is a derivative?", "context": "Calculus, week 1", "answer": "How fast it changes."}
    row = read("tutoring", record)
    assert row.details == {"context": "Calculus, week 1"}
    assert row.messages[0]["content"] == "What is a derivative?"
    assert writer("tutoring")(row) == record


def test_an_export_of_ours_has_every_column() -> None:
    said = [{"role": "user", "content": "Hi"}]
    row = Canonical(said, task="chat", details={"split": "held_out", "expected": {"required": ["x"]}})
    record = writer("aidirector")(row)
    assert record == {
        "messages": said,
        "tools": [],
        "task": "chat",
        "language": "",
        "group": "",
        "brand": "",
        "context": "",
        "expected": {"required": ["x"]},
        "split": "held_out",
        "kind": "",
        "synthetic": False,
        "source": "",
    }
    assert recognised([record]) == "aidirector"


def called(value: Any) -> dict[str, Any]:
    return sharegpt(turn("function_call", value))


VALUE, CALL = "conversations[1].value", "messages[1].tool_calls[0].function"
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("alpaca", {"output": "x"}, "instruction"),
    ("alpaca", ALPACA | {"output": 7}, "output"),
    ("alpaca", ALPACA | {"history": [["a"]]}, "history[0]"),
    ("alpaca", ALPACA | {"history": "a"}, "history"),
    ("alpaca", ALPACA | {"output": "half \ud800"}, "output"),
    ("alpaca", ALPACA | {"score": float("nan")}, "score"),
    ("alpaca", ALPACA | {"made": object()}, "made"),
    ("sharegpt", {"conversations": "Hi"}, "conversations"),
    ("sharegpt", sharegpt({"from": "gpt"}), "conversations[1].value"),
    ("sharegpt", sharegpt(turn("bot", "Hi")), "conversations[1].from"),
    ("sharegpt", called("play()"), VALUE),
    ("sharegpt", called([]), VALUE),
    ("sharegpt", called({"arguments": {}}), VALUE),
    ("sharegpt", called({"name": "play"}), VALUE),
    ("sharegpt", called(PLAY | {"arguments": "[1]"}), VALUE),
    ("sharegpt", called(PLAY | {"arguments": "{"}), VALUE),
    ("sharegpt", called('{"name": "f", "arguments": {"a": NaN}}'), VALUE),
    ("sharegpt", called('{"name": "f", "arguments": {"a": 1e999}}'), VALUE),
    ("sharegpt", called('{"name": "f", "arguments": {"a": 1, "a": 2}}'), VALUE),
    ("sharegpt", called("[" * 100_000), VALUE),
    ("sharegpt", called("[" * 60 + "]" * 60), VALUE),
    ("sharegpt", sharegpt(tools="[{"), "tools"),
    ("sharegpt", sharegpt(tools=json.dumps([DECLARED, {"name": "play it"}])), "tools[1]"),
    ("sharegpt", sharegpt(tools=[DECLARED | {"parameters": {"type": "array"}}]), "tools[0]"),
    ("sharegpt", sharegpt(tools=["play"]), "tools[0]"),
    ("openai", chat({"role": "assistant"}), "messages[1].content"),
    ("openai", chat({"role": "robot", "content": "Hi"}), "messages[1]"),
    ("openai", chat({"role": "assistant", "content": "Hi", "weight": 0}), "messages[1]"),
    (
        "openai",
        chat({"role": "assistant", "tool_calls": [{"function": {"name": "f"}}]}),
        "messages[1].tool_calls[0].function",
    ),
    ("openai", chat({"role": "user", "content": [{"type": "image_url", "image_url": {}}]}), "messages[1].content"),
    ("openai", chat({"role": "user", "content": None}), "messages[1].content"),
    ("classification", {"text": "a", "label": 3}, "label"),
    ("classification", {"text": "a", "label": "b", "scores": {"depth": True}}, "depth"),
    ("classification", {"text": "a", "label": "b", "scores": {"label": 1}}, "scores"),
    ("classification", {"text": "a", "label": "b", "engagement_score": "high"}, "engagement_score"),
    ("learning_path", {"goal": "a", "level": "b", "steps": []}, "steps"),
    ("learning_path", {"goal": "a", "level": "b", "path": ["x", 1]}, "path"),
    ("learning_path", {"goal": "a", "level": "b", "steps": ["x\n2. y", "z"]}, "steps"),
    ("learning_path", {"goal": "a", "level": "b\nLevel: c", "steps": ["x"]}, "level"),
    ("tutoring", {"question": "a", "context": ["b"], "answer": "c"}, "context"),
    ("prompt_completion", {"prompt": "a", "completion": None}, "completion"),
    ("aidirector", chat(split="validation"), "split"),
    ("aidirector", chat(task="a" * 41), "task"),
]


@pytest.mark.parametrize(("name", "record", "field"), BAD)
def test_what_is_wrong_is_said_with_its_place(name: str, record: dict[str, Any], field: str) -> None:
    with pytest.raises(UnreadableRow) as problem:
        FORMATS[name].read(record)
    assert problem.value.field == field
    assert str(problem.value).endswith(".")


@pytest.mark.parametrize("parameters", [{"properties": {"song": True}}, {"properties": {"songs": {"items": False}}}])
def test_a_schema_that_no_turn_can_show_is_refused(parameters: dict[str, Any]) -> None:
    with pytest.raises(UnreadableRow, match="is no object"):
        FORMATS["sharegpt"].read(sharegpt(tools=[{"name": "play", "parameters": {"type": "object", **parameters}}]))


def test_a_schema_nested_beyond_reading_is_refused() -> None:
    schema: dict[str, Any] = {}
    for _ in range(46):
        schema = {"items": schema}
    tools = [{"name": "play", "parameters": {"type": "object", "x": schema}}]
    assert FORMATS["sharegpt"].read(sharegpt(tools=tools))[0].tools == [wrapped(tools[0])]
    with pytest.raises(UnreadableRow, match="nested"):
        FORMATS["sharegpt"].read(sharegpt(tools=[tools[0] | {"deeper": {"x": {"x": {"x": {"x": schema}}}}}]))


@pytest.mark.parametrize(
    "declared", [DECLARED | {"parameters": {}}, {"type": "function", **DECLARED}, {"function": DECLARED}]
)
def test_declarations_are_read_in_every_wrapping(declared: dict[str, Any]) -> None:
    assert read("sharegpt", sharegpt(tools=[declared])).tools == [wrapped(DECLARED)]


@pytest.mark.parametrize("name", ["alpaca", "prompt_completion", "tutoring", "classification", "learning_path"])
def test_calls_are_not_written_where_there_is_no_place_for_them(name: str) -> None:
    for row in (read("openai", chat(answer(STOP))), read("openai", chat(tools=[DECLARED])), read("openai", chat())):
        with pytest.raises(UnreadableRow, match="ShareGPT or OpenAI"):
            writer(name)(row)


@pytest.mark.parametrize("name", ["classification", "learning_path"])
def test_other_answers_are_not_written_as_labels_or_steps(name: str) -> None:
    for said in ("Hello", "[]", '{"label": 1}', '{"label":"spaced otherwise"}'):
        row = Canonical([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": said}])
        with pytest.raises(UnreadableRow):
            writer(name)(row)


def test_formats_are_recognised_by_their_rows() -> None:
    samples = {
        "openai": chat(),
        "sharegpt": sharegpt(),
        "alpaca": ALPACA,
        "prompt_completion": {"prompt": "a", "completion": "b"},
        "trees": {"id": "a", "nodes": {}},
        "learning_path": {"goal": "a", "current_level": "b", "path": ["c"]},
        "tutoring": {"question": "a", "answer": "b"},
        "classification": {"content": "a", "classification": "b"},
    }
    assert {name: recognised([record, record]) for name, record in samples.items()} == {name: name for name in samples}
    assert recognised([ALPACA, {"broken": 1}]) == "alpaca"


@pytest.mark.parametrize(
    "records", [[], [{}], [ALPACA, {"broken": 1}, {}], [ALPACA, sharegpt()], [{"messages": ["Hi"]}]]
)
def test_what_is_not_recognised_is_told_with_what_would_be(records: list[dict[str, Any]]) -> None:
    with pytest.raises(UnreadableSource) as problem:
        recognised(records)
    assert all(name in str(problem.value) for name in FORMATS)


def test_an_unknown_format_and_one_that_is_only_read() -> None:
    with pytest.raises(UnreadableSource, match="no format 'parquet'"):
        reader("parquet")
    with pytest.raises(UnreadableSource, match="cannot be written"):
        writer("trees")
