"""Merged weights answer as base and adapter do, whatever the base was quantised to, and stand on their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import tiny
from training.specs import ArmSpec, BaseSpec

QUESTIONS = tiny.play_rows(6)


@pytest.fixture(scope="module", params=[False, True], ids=["fp32", "nf4"])
def taught(request, tiny_starters, tmp_path_factory):
    """(base, result of ten epochs on it)"""
    from training.ml.trainer import train

    base = tiny.base(tiny_starters, quantised=request.param)
    spec = tiny.training(base, tmp_path_factory.mktemp("taught"), epochs=10)
    return base, train(spec, tiny.ignore)


def merged(result) -> BaseSpec:
    return BaseSpec(source=result.merged)


def test_the_merged_model_answers_like_base_and_adapter(taught):
    base, result = taught
    arms = (ArmSpec("base", base), ArmSpec("tuned", base, adapter=result.adapter), ArmSpec("merged", merged(result)))
    said = tiny.answers(*arms, rows=QUESTIONS)
    assert said["merged"] == said["tuned"]
    assert not set(said["base"]) & set(said["tuned"]), "the adapter says something of its own"
    assert len(set(said["tuned"])) > 1, "and not the same to everybody"


def test_the_merged_model_gives_the_numbers_of_base_and_adapter(taught):
    import torch

    from training.ml.loading import load_arm, load_tokenizer
    from training.ml.rows import prompt_text

    base, result = taught
    tokenizer = load_tokenizer(base)
    question = QUESTIONS[3] | {"messages": QUESTIONS[3]["messages"][:1]}
    tokens = tokenizer(prompt_text(tokenizer, question), add_special_tokens=False, return_tensors="pt")
    with torch.no_grad():
        one, other = (
            load_arm(arm)(**tokens).logits
            for arm in (ArmSpec("tuned", base, adapter=result.adapter), ArmSpec("merged", merged(result)))
        )
    assert torch.allclose(one, other, atol=1e-3)


def test_the_merged_folder_needs_nothing_of_ours(taught):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    _, result = taught
    folder = Path(result.merged)
    assert "quantization_config" not in json.loads((folder / "config.json").read_text())
    model = AutoModelForCausalLM.from_pretrained(folder)
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    assert not any("lora" in name for name, _ in model.named_parameters())
    tokenizer = AutoTokenizer.from_pretrained(folder)
    prompt = tokenizer.apply_chat_template(
        QUESTIONS[0]["messages"][:1], tools=[tiny.PLAY], tokenize=False, add_generation_prompt=True
    )
    tokens = tokenizer(prompt, add_special_tokens=False, return_tensors="pt")
    text = tokenizer.decode(
        model.generate(**tokens, max_new_tokens=24, do_sample=False)[0, tokens["input_ids"].shape[1] :]
    )
    ours = tiny.answers(ArmSpec("merged", merged(result)), rows=QUESTIONS[:1])["merged"][0]
    assert ours
    assert text.startswith(ours)
