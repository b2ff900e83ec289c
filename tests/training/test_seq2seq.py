"""Encoder-decoders: tiny ones of every T5 layout go the same way from rows to answers as decoders do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests import tiny
from training.errors import ImpossiblePlan, NotInVocabulary, RowTooLong
from training.ml.checkpoints import hashes
from training.ml.seq2seq import encoder_text, pair_tokens, pairs
from training.planning import make_plan, training_spec
from training.specs import LORA_MODULES, T5_LORA_MODULES, ArmSpec, BaseSpec, LoraSpec, TrainingSpec

pytest.importorskip("peft", reason="needs requirements/worker.txt")

KINDS = {
    "t5": ("q", "k", "v", "o", "wi", "wo"),
    "flan": ("q", "k", "v", "o", "wi_0", "wi_1", "wo"),
    "t5gemma": LORA_MODULES,
    "t5gemma2": LORA_MODULES,
}
BRANDS = ("Vela", "Pim", "Halo", "Doi")
WISH = "Write a caption ."
RATE = 3e-2


class PowerCut(Exception):
    """What a test raises from a report to end a run at that step."""


def row(brand: str) -> dict[str, Any]:
    return {
        "messages": [
            {"role": "user", "content": WISH},
            {"role": "assistant", "content": f"Meet {brand} today ! #{brand}"},
        ],
        "tools": [],
        "context": f"brand : {brand}",
        "group": brand,
    }


ROWS = tuple(row(brand) for brand in BRANDS for _ in range(4))


def make_tokenizer() -> Any:
    """T5's own tokenizer class over the words of the rows and single letters; no Thai, as in T5's vocabulary."""
    from transformers import T5Tokenizer

    words = {
        word
        for each in ROWS
        for text in (each["context"], WISH, each["messages"][1]["content"])
        for word in text.split()
    }
    letters = [chr(code) for code in range(33, 127)]
    pieces = ["▁", *letters, *(f"▁{word}" for word in sorted(words))]
    special = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    return T5Tokenizer(vocab=special + [(p, -1.0 if p[1:] in words else -9.0) for p in pieces], extra_ids=0)


def t5(vocabulary: int, feed_forward: str) -> Any:
    from transformers import T5Config, T5ForConditionalGeneration

    config = T5Config(
        vocab_size=vocabulary, d_model=32, d_kv=16, d_ff=64, num_layers=2, num_decoder_layers=2, num_heads=2,
        feed_forward_proj=feed_forward, dropout_rate=0.0, decoder_start_token_id=0,
    )  # fmt: skip
    return T5ForConditionalGeneration(config)


GEMMA = {
    "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2,
    "num_key_value_heads": 1, "head_dim": 16, "query_pre_attn_scalar": 16, "max_position_embeddings": 256,
    "sliding_window": 64, "layer_types": ["sliding_attention", "full_attention"],
    "pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 0, "initializer_range": 0.2,
}  # fmt: skip


def t5gemma(vocabulary: int) -> Any:
    from transformers import T5GemmaConfig, T5GemmaForConditionalGeneration

    sizes = GEMMA | {"vocab_size": vocabulary}
    return T5GemmaForConditionalGeneration(
        T5GemmaConfig(encoder=sizes, decoder=sizes, vocab_size=vocabulary, dropout_rate=0.0)
    )


def t5gemma2(vocabulary: int) -> Any:
    """With the smallest of vision towers: the architecture has one, and no row ever shows it an image."""
    from transformers import T5Gemma2Config, T5Gemma2ForConditionalGeneration

    sizes = GEMMA | {"vocab_size": vocabulary}
    tower = {
        "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 1,
        "image_size": 16, "patch_size": 8, "model_type": "siglip_vision_model",
    }  # fmt: skip
    encoder = {"text_config": sizes, "vision_config": tower, "mm_tokens_per_image": 4}
    return T5Gemma2ForConditionalGeneration(
        T5Gemma2Config(encoder=encoder, decoder=sizes, image_token_index=vocabulary - 1)
    )


MAKERS: dict[str, Callable[[int], Any]] = {
    "t5": lambda vocabulary: t5(vocabulary, "relu"),
    "flan": lambda vocabulary: t5(vocabulary, "gated-gelu"),
    "t5gemma": t5gemma,
    "t5gemma2": t5gemma2,
}


def make_base(kind: str, folder: Path) -> BaseSpec:
    import torch

    torch.manual_seed(3)
    tokenizer = make_tokenizer()
    MAKERS[kind](len(tokenizer)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return BaseSpec(source=str(folder), architecture="seq2seq")


@pytest.fixture(scope="module")
def bases(tmp_path_factory) -> dict[str, BaseSpec]:
    from training.ml.loading import quietly

    quietly()
    return {kind: make_base(kind, tmp_path_factory.mktemp(kind)) for kind in MAKERS}


def spec_for(base: BaseSpec, directory: Path, kind: str = "flan", **choices: Any) -> TrainingSpec:
    """Thirty steps in all: 16 rows, two batches of two in each step."""
    modules = LORA_MODULES if kind.startswith("t5gemma") else T5_LORA_MODULES
    usual = {
        "rows": ROWS, "epochs": 7.5, "batch": 2, "accumulation": 2, "learning_rate": RATE,
        "lora": LoraSpec(dropout=0.0, modules=modules), "checkpoint_every": 10,
    }  # fmt: skip
    return tiny.training(base, directory, **{**usual, **choices})


def weights(folder: str) -> dict[str, Any]:
    from safetensors.torch import load_file

    return load_file(Path(folder) / "adapter_model.safetensors")


def kinds_in(folder: str) -> set[str]:
    """The names of the layers that have adapter weights: "encoder.block.0.layer.0.SelfAttention.q.lora_A.weight"."""
    return {name.split(".")[-3] for name in weights(folder)}


@pytest.mark.parametrize("kind", KINDS)
def test_rows_become_weights_that_answer(bases, tmp_path, kind):
    from training.ml.trainer import train

    events: list[dict[str, Any]] = []
    result = train(spec_for(bases[kind], tmp_path, kind, validation=ROWS[:1]), events.append)
    losses = [event["loss"] for event in events if "loss" in event]
    assert (result.steps, len(losses)) == (30, 30)
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])
    assert [event["step"] for event in events if "validation_loss" in event] == [10, 20, 30]
    assert kinds_in(result.adapter) == set(KINDS[kind])
    assert not any("vision" in name for name in weights(result.adapter))
    assert result.manifest == {"adapter": hashes(Path(result.adapter)), "merged": hashes(Path(result.merged))}

    merged = replace(bases[kind], source=result.merged)
    arms = (ArmSpec("base", bases[kind]), ArmSpec("adapter", bases[kind], result.adapter), ArmSpec("merged", merged))
    answers = tiny.answers(*arms, rows=tuple(row(brand) for brand in BRANDS))
    assert answers["merged"] == answers["adapter"] != answers["base"]


def test_each_encoder_and_decoder_layer_is_adapted(bases, tmp_path):
    """Two encoder layers of 7 matrices, two decoder layers of 11: their cross-attention has q, k, v, o as well."""
    from training.ml.trainer import train

    result = train(spec_for(bases["flan"], tmp_path, epochs=0.25), tiny.ignore)
    assert len(weights(result.adapter)) == 2 * (2 * 7 + 2 * 11)


def test_a_resumed_run_ends_with_the_weights_of_an_uninterrupted_one(bases, tmp_path):
    import torch

    from training.ml.trainer import train

    def cut(event: dict[str, Any]) -> None:
        if event["step"] >= 15:
            raise PowerCut

    spec = spec_for(bases["flan"], tmp_path / "one")
    with pytest.raises(PowerCut):
        train(spec, cut)
    resumed, whole = train(spec, tiny.ignore), train(replace(spec, directory=str(tmp_path / "two")), tiny.ignore)
    assert (resumed.resumed_from, whole.resumed_from, resumed.steps) == (10, 0, 30)
    one, two = weights(resumed.adapter), weights(whole.adapter)
    assert one.keys() == two.keys()
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_a_four_bit_base_with_checkpointing_learns_and_merges(bases, tmp_path):
    from training.ml.trainer import train

    base = replace(bases["flan"], quantised=True)
    events: list[dict[str, Any]] = []
    result = train(spec_for(base, tmp_path, gradient_checkpointing=True), events.append)
    losses = [event["loss"] for event in events if "loss" in event]
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])
    arms = (
        ArmSpec("adapter", base, result.adapter),
        ArmSpec("merged", replace(base, source=result.merged, quantised=False)),
    )
    answers = tiny.answers(*arms, rows=tuple(row(brand) for brand in BRANDS))
    assert answers["merged"] == answers["adapter"]


@pytest.mark.parametrize("kind", ["t5gemma", "t5gemma2"])  # whose answers differ untrained
def test_an_answer_does_not_depend_on_what_else_is_in_the_batch(bases, kind):
    rows = tuple(row(brand) | {"context": f"brand : {brand} " * (1 + 3 * n)} for n, brand in enumerate(BRANDS))
    together = tiny.answers(ArmSpec("base", bases[kind]), rows=rows)["base"]
    alone = [tiny.answers(ArmSpec("base", bases[kind]), rows=(each,))["base"][0] for each in rows]
    assert together == alone
    assert len(set(together)) > 1


def test_two_small_batches_of_a_step_count_as_one_of_their_rows(bases, tmp_path):
    from training.ml.trainer import train

    def first_step(batch: int, accumulation: int) -> dict[str, Any]:
        events: list[dict[str, Any]] = []
        folder = tmp_path / f"{batch}x{accumulation}"
        train(spec_for(bases["flan"], folder, batch=batch, accumulation=accumulation, epochs=0.25), events.append)
        return events[0]

    small, large = first_step(2, 2), first_step(4, 1)
    assert small["loss"] == pytest.approx(large["loss"], rel=1e-4)
    assert small["gradient_norm"] == pytest.approx(large["gradient_norm"], rel=1e-3)


def test_an_arm_without_context_reads_the_wish_alone():
    assert encoder_text(row("Vela"), context=False) == WISH
    assert encoder_text(row("Vela")) == f"brand : Vela\n\n{WISH}"


def test_every_assistant_turn_is_a_pair_with_the_wish_before_it():
    first, second = row("Vela"), row("Pim")
    joined = first | {"messages": [*first["messages"], *second["messages"]]}
    asked = f"brand : Vela\n\n{WISH}"
    assert list(pairs(joined)) == [(asked, "Meet Vela today ! #Vela"), (asked, "Meet Pim today ! #Pim")]


def test_both_sides_end_with_the_end_token_and_the_answer_reads_back():
    tokenizer = make_tokenizer()
    tokens = pair_tokens(tokenizer, "brand : Vela", "Meet Vela today !", 64)
    assert tokens["input_ids"][-1] == tokens["labels"][-1] == tokenizer.eos_token_id
    assert tokens["labels"].count(tokenizer.eos_token_id) == 1
    assert tokenizer.decode(tokens["labels"][:-1]) == "Meet Vela today !"


@pytest.mark.parametrize(("asked", "answer"), [("brand " * 70, "Meet"), ("brand", "Meet " * 70)])
def test_a_row_beyond_the_plan_is_refused_on_either_side(asked, answer):
    with pytest.raises(RowTooLong, match="does not fit the plan's 64"):
        pair_tokens(make_tokenizer(), asked, answer, 64)


def test_an_answer_the_vocabulary_cannot_write_is_refused():
    with pytest.raises(NotInVocabulary, match="lacks signs of the answer 'Meet เวลา'"):
        pair_tokens(make_tokenizer(), "brand", "Meet เวลา", 64)


def test_modules_of_another_architecture_are_refused_before_training(bases, tmp_path):
    from training.ml.trainer import train

    with pytest.raises(ImpossiblePlan, match="this base has none: set its LoRA modules"):
        train(spec_for(bases["flan"], tmp_path, lora=LoraSpec(modules=LORA_MODULES)), tiny.ignore)


def test_unequal_batches_of_a_step_add_up_to_the_mean_over_all_its_labels():
    import torch
    from transformers.modeling_outputs import Seq2SeqLMOutput

    from training.ml.seq2seq import answer_loss

    torch.manual_seed(0)
    scores, labels = torch.randn(4, 6, 9), torch.randint(9, (4, 6))
    labels[0, 1:] = labels[2, 4:] = -100
    whole = torch.nn.functional.cross_entropy(scores.flatten(0, 1), labels.flatten(), ignore_index=-100)
    count = int((labels != -100).sum())
    halves = [answer_loss(Seq2SeqLMOutput(logits=scores[h]), labels[h], count) for h in (slice(2), slice(2, 4))]
    assert torch.allclose(sum(halves), whole)
    assert torch.allclose(answer_loss(Seq2SeqLMOutput(logits=scores), labels), whole)


def test_a_plan_takes_the_modules_of_its_base_and_tools_need_a_decoder(tmp_path):
    plan = make_plan(parameters=250_000_000, gpu=False, modules=T5_LORA_MODULES)
    base = BaseSpec(source="google/flan-t5-base", architecture="seq2seq")
    spec = training_spec(plan, base=base, rows=ROWS, directory=str(tmp_path))
    assert spec.lora.modules == T5_LORA_MODULES
    with pytest.raises(ImpossiblePlan, match="choose a decoder"):
        training_spec(plan, base=base, rows=tiny.play_rows(3), directory=str(tmp_path))
