"""Architectures at the size people use them, from random weights: a few optimizer steps each, nothing downloaded.

The tokenizer is a small one: what these runs show is that a vocabulary of 262,144, tied heads, the encoder-decoder and
4 bits at 7 billion parameters go the way that the tiny models of the other tests go. `make slow` runs them.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import tiny
from training.specs import LORA_MODULES, T5_LORA_MODULES, BaseSpec, LoraSpec, TrainingSpec

pytest.importorskip("peft", reason="needs requirements/worker.txt")

pytestmark = pytest.mark.slow


def gemma3_270m() -> Any:
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig

    return Gemma3ForCausalLM(
        Gemma3TextConfig(
            vocab_size=262_144,
            hidden_size=640,
            intermediate_size=2048,
            num_hidden_layers=18,
            num_attention_heads=4,
            num_key_value_heads=1,
            head_dim=256,
            query_pre_attn_scalar=256,
            sliding_window=512,
            max_position_embeddings=32_768,
        )  # fmt: skip
    )


def qwen2(layers: int, hidden: int, feed_forward: int, heads: int, key_value_heads: int, tied: bool) -> Any:
    from transformers import Qwen2Config, Qwen2ForCausalLM

    return Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=151_936 if tied else 152_064,
            hidden_size=hidden,
            intermediate_size=feed_forward,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            num_key_value_heads=key_value_heads,
            tie_word_embeddings=tied,
            max_position_embeddings=32_768,
        )  # fmt: skip
    )


def t5_base() -> Any:
    from transformers import T5Config, T5ForConditionalGeneration

    return T5ForConditionalGeneration(
        T5Config(
            vocab_size=32_128, d_model=768, d_kv=64, d_ff=3072, num_layers=12, num_heads=12, decoder_start_token_id=0
        )
    )


def text_row(number: int) -> dict[str, Any]:
    wish = tiny.play_row(number)["messages"][0]
    return {"messages": [wish, {"role": "assistant", "content": wish["content"].lower()}], "tools": [], "context": ""}


CALLS, TEXTS = tiny.play_rows(4), tuple(map(text_row, range(4)))
SHAPES: dict[str, tuple[Callable[[], Any], float, tuple[str, ...], tuple[dict[str, Any], ...]]] = {
    "Gemma 3 270M": (gemma3_270m, 268.1e6, LORA_MODULES, CALLS),
    "Qwen2.5-0.5B": (lambda: qwen2(24, 896, 4864, 14, 2, True), 494.0e6, LORA_MODULES, CALLS),
    "T5-base": (t5_base, 222.9e6, T5_LORA_MODULES, TEXTS),
}


def saved(make: Callable[[], Any], folder: Path, tokenizers: Path) -> int:
    """Write such a base in bfloat16, without ever holding it in more; returns its number of parameters."""
    import torch
    from transformers import AutoTokenizer

    torch.manual_seed(1)
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16)
    try:
        model = make()
    finally:
        torch.set_default_dtype(before)
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(tokenizers / "starter-executor").save_pretrained(folder)
    return int(model.num_parameters())


def trained(spec: TrainingSpec) -> list[dict[str, Any]]:
    """What was reported; without the merged weights, which say nothing more here and take gigabytes."""
    from training.ml.loading import load_tokenizer
    from training.ml.run_log import RunLog
    from training.ml.trainer import make_trainer

    events: list[dict[str, Any]] = []
    log = RunLog(Path(spec.directory), events.append)
    trainer = make_trainer(spec, load_tokenizer(spec.base), log)
    if spec.base.architecture == "causal":
        assert trainer.answer_loss is not None, "labelled positions alone are scored"
    with log.kept(spec, 0):
        trainer.train()
    return events


def spec_for(base: BaseSpec, folder: Path, **choices: Any) -> TrainingSpec:
    usual = {"batch": 2, "accumulation": 2, "steps": 3, "learning_rate": 1e-3, "checkpoint_every": 100}
    return tiny.training(base, folder, **{**usual, **choices})


@pytest.mark.parametrize("name", SHAPES)
def test_a_real_shape_learns_on_a_processor(name, tiny_starters, tmp_path):
    make, parameters, modules, rows = SHAPES[name]
    assert saved(make, tmp_path / "base", tiny_starters) == pytest.approx(parameters, rel=0.01)
    architecture = "seq2seq" if name == "T5-base" else "causal"
    base = BaseSpec(str(tmp_path / "base"), architecture=architecture, dtype="bfloat16")
    events = trained(spec_for(base, tmp_path / "run", rows=rows, lora=LoraSpec(dropout=0.0, modules=modules)))
    losses = [event["loss"] for event in events if "loss" in event]
    assert len(losses) == 3
    assert losses[-1] < losses[0]


@pytest.mark.gpu
@pytest.mark.skipif(importlib.util.find_spec("bitsandbytes") is None, reason="needs bitsandbytes")
def test_seven_billion_parameters_learn_in_four_bits(tiny_starters, tmp_path):
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("needs a GPU")
    torch.set_default_device("cuda")
    try:
        count = saved(lambda: qwen2(28, 3584, 18_944, 28, 4, False), tmp_path / "base", tiny_starters)
    finally:
        torch.set_default_device("cpu")
    assert count == pytest.approx(7.62e9, rel=0.01)
    base = BaseSpec(str(tmp_path / "base"), dtype="bfloat16", quantised=True)
    spec = spec_for(
        base, tmp_path / "run", rows=CALLS, gradient_checkpointing=True, optimizer="paged_adamw_8bit", steps=4
    )
    events = trained(spec)
    losses = [event["loss"] for event in events if "loss" in event]
    assert losses[-1] < losses[0]
    assert torch.cuda.max_memory_allocated() < 24e9, "what a common GPU has"
