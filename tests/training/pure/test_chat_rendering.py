"""A base's own chat template without its tokenizer: the text and the trained parts are those of training itself."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.pure.test_chat_template import MESSAGES, TOOLS
from training.chat_rendering import ChatTemplate, decoder_parts, encoder_parts, read_template
from training.errors import TemplateDrift, UnreadableTemplate
from training.functiongemma import CHAT_TEMPLATE, segments
from training.ml.rows import answer_spans
from training.ml.seq2seq import pairs

CHATML = (
    "{%- if tools %}{{- '<tools>' }}{%- for tool in tools %}{{- tool | tojson }}{%- endfor %}{{- '</tools>\\n' }}"
    "{%- endif %}{%- set ns = namespace(last='') %}{%- for message in messages %}{%- set ns.last = message.role %}"
    "{{- '<|im_start|>' + message.role + '\\n' + (message.content or '') }}"
    "{%- for call in message.tool_calls or [] %}{{- '<tool_call>' + (call.function | tojson) + '</tool_call>' }}"
    "{%- endfor %}{{- '<|im_end|>\\n' }}{%- endfor %}{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}"
    "{%- endif %}"
)
LATEST_ONLY = (
    "{% for m in messages %}{% if loop.last or m.role == 'user' %}[{{ m.role }}]{{ m.content }}{% endif %}{% endfor %}"
)
TALK = [{"role": "user", "content": "One"}, {"role": "assistant", "content": "Two"}]
ROWS = st.builds(lambda messages, tools: {"messages": messages, "tools": tools}, MESSAGES, st.lists(TOOLS, max_size=2))


def template(text: str, **specials: str) -> ChatTemplate:
    return ChatTemplate(text, "", tuple(specials.items()))


@settings(max_examples=40)
@given(ROWS)
def test_functiongemmas_template_gives_its_segments(row: dict[str, Any]) -> None:
    messages = [m for m in row["messages"] if m["role"] != "system"]  # a later one would go to the top
    row = row | {"messages": [*({"role": "system", "content": "Be kind."} for _ in messages[:1]), *messages]}
    parts = decoder_parts(template(CHAT_TEMPLATE), row)
    said = segments(row["messages"], row["tools"])
    assert "".join(text for text, _ in parts) == "".join(text for text, _ in said)
    assert [text for text, trained in parts if trained] == [text for text, trained in said if trained]


@settings(max_examples=40)
@given(ROWS)
def test_what_is_trained_is_what_training_finds(row: dict[str, Any]) -> None:
    made = template(CHATML)

    def apply(messages: Any, *, tools: Any, tokenize: bool, add_generation_prompt: bool) -> str:
        return made.written(messages, tools, opened=add_generation_prompt)

    text, spans = answer_spans(SimpleNamespace(apply_chat_template=apply), row["messages"], row["tools"])
    parts = decoder_parts(made, row)
    assert "".join(piece for piece, _ in parts) == text
    assert [piece for piece, trained in parts if trained] == [text[start:end] for start, end in spans if end > start]


@settings(max_examples=40)
@given(ROWS)
def test_an_encoder_decoder_reads_the_last_request(row: dict[str, Any]) -> None:
    asked = {"role": "user", "content": "Hello"}
    row = {**row, "messages": [asked, *row["messages"]], "context": "Brand: CoffeeLab"}
    found = [text for text, _ in encoder_parts(row)]
    meant = [piece for read, answer in pairs(row) for piece in (f"{read}\n", answer, "\n")]
    assert found == meant


def test_the_facts_stand_before_the_request() -> None:
    parts = decoder_parts(template(CHATML), {"messages": TALK, "tools": [], "context": "Brand: CoffeeLab"})
    assert parts[0] == ("<|im_start|>user\nBrand: CoffeeLab\n\nOne<|im_end|>\n<|im_start|>assistant\n", False)
    assert parts[1] == ("Two<|im_end|>", True)


def test_a_template_that_rewrites_earlier_turns_is_refused() -> None:
    with pytest.raises(TemplateDrift, match="one assistant turn"):
        decoder_parts(template(LATEST_ONLY), {"messages": TALK + TALK})


@pytest.mark.parametrize(
    "text",
    [
        "{% for",
        "{{ raise_exception('No system message here') }}",
        "{{ messages[0].nothing.more }}",
        "{{ ''.__class__.__mro__ }}{{ messages.append(1) }}",
        "{% set ns = namespace(_x=1) %}",
        "{% set ns = namespace() %}{% set ns._x = 1 %}",
        "{{ 1 / 0 }}",
    ],
)
def test_what_a_template_refuses_is_a_sentence(text: str) -> None:
    with pytest.raises(UnreadableTemplate, match=r"^The base's chat template cannot .*\.$"):
        decoder_parts(template(text), {"messages": TALK})


def test_special_tokens_loops_and_dates_are_known_to_a_template() -> None:
    text = "{{ bos_token }}{% for m in messages %}{% if loop.index > 1 %}{% break %}{% endif %}{{ m.role }}{% endfor %}"
    said = template(text + "{{ strftime_now('%Y') | length }}{{ dict(a=1) | tojson }}", bos_token="<s>")
    assert said.written(TALK) == '<s>user4{"a": 1}'


def folder(path: Path, config: Any, **files: str) -> Path:
    (path / "tokenizer_config.json").write_text(config if isinstance(config, str) else json.dumps(config))
    for name, text in files.items():
        where = path / f"{name.replace('__', '/')}.jinja"
        where.parent.mkdir(exist_ok=True)
        where.write_text(text)
    return path


def test_a_template_is_found_where_tokenizers_keep_it(tmp_path: Path) -> None:
    config = {"chat_template": "old", "bos_token": {"content": "<s>"}, "eos_token": "</s>", "add_bos_token": True}
    found = read_template(folder(tmp_path, config))
    assert found == ChatTemplate("old", "", (("bos_token", "<s>"), ("eos_token", "</s>")))
    found = read_template(folder(tmp_path, config, chat_template="new", additional_chat_templates__tool_use="tools"))
    assert found is not None
    assert (found.written(TALK), found.written(TALK, [{}])) == ("new", "tools")
    named = [{"name": "default", "template": "d"}, {"name": "tool_use", "template": "t"}, {"name": "rag"}]
    (tmp_path / "more").mkdir()
    assert read_template(folder(tmp_path / "more", {"chat_template": named})) == ChatTemplate("d", "t", ())


def test_a_folder_without_a_template_has_none(tmp_path: Path) -> None:
    assert read_template(tmp_path) is None
    assert read_template(folder(tmp_path, "{no json")) is None
    assert read_template(folder(tmp_path, {})) is None
    assert read_template(folder(tmp_path, [])) is None


@pytest.mark.parametrize("name", ["starter-executor", "starter-thinker"])
def test_the_starters_bring_theirs(name: str) -> None:
    found = read_template(Path(__file__).parents[3] / "starters" / name)
    assert found is not None
    assert decoder_parts(found, {"messages": TALK})[1] == ("Two<end_of_turn>", True)
