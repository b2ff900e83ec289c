"""Memory predicted without values is the memory that real tensors take, part by part."""

from __future__ import annotations

import gc
from dataclasses import replace
from typing import Any

import pytest

from tests import tiny
from training.planning.batch_shape import BatchShape, largest_batch
from training.specs import T5_LORA_MODULES, LoraSpec, TrainingSpec

SHAPE = BatchShape(rows=3, read=40, labels=30)


@pytest.fixture
def spec(tiny_starters, tmp_path) -> TrainingSpec:
    return tiny.training(tiny.base(tiny_starters), tmp_path / "run", batch=3)


def predicted(spec: TrainingSpec, shape: BatchShape = SHAPE) -> dict[str, int]:
    from training.ml.memory import predict

    return predict(spec, shape)


def measured(spec: TrainingSpec, shape: BatchShape) -> dict[str, int]:
    """The same two steps with real tensors, counted by the same ledger."""
    import torch

    from training.ml.adapters import adapted_base, in_full_precision
    from training.ml.live_storage import Ledger, counting, name_all
    from training.ml.memory import Step, take_steps

    model = adapted_base(spec)
    in_full_precision(model)
    if spec.gradient_checkpointing:
        model.activation_checkpointing_enable()
        model.enable_input_require_grads()
    ledger, trained = Ledger(), [each for each in model.parameters() if each.requires_grad]
    name_all(ledger, (*model.parameters(), *model.buffers()), "weights")
    name_all(ledger, trained, "adapter")
    for weight in trained:
        weight.register_post_accumulate_grad_hook(lambda weight: ledger.name(weight.grad, "gradients"))

    class Labelled(Step):
        def take(self) -> None:
            rows, read = shape.rows, shape.read
            ids = torch.randint(5, 400, (rows, read))
            labels = ids.clone()
            labels.flatten()[: labels.numel() - shape.labels - rows] = -100
            mask = torch.ones_like(ids)
            mask[0, 0] = 0  # rows of several lengths
            self.ledger.label = "activations"
            loss = self.score({"input_ids": ids, "attention_mask": mask}, labels) / rows
            loss.backward()

    gc.collect()
    with counting(ledger, {}):
        take_steps(Labelled(model.train(), spec, shape, "cpu", ledger), trained)
    return {**ledger.most, "total": ledger.peak}


@pytest.mark.parametrize("checkpointing", [False, True])
def test_the_dry_run_counts_what_a_real_step_holds(spec, checkpointing, monkeypatch):
    from training.ml import memory

    monkeypatch.setattr(memory, "UNUSED", 0.0)  # storage alone, not what the C library keeps beside it
    spec = replace(spec, gradient_checkpointing=checkpointing)
    expected, seen = predicted(spec), measured(spec, SHAPE)
    assert expected["total"] == pytest.approx(seen["total"], rel=0.02)
    for part in ("weights", "adapter", "optimizer"):
        assert expected[part] == pytest.approx(seen[part], rel=0.01)


def test_parts_are_what_their_names_say(spec, tiny_starters):
    found = predicted(spec)
    weights = sum(path.stat().st_size for path in (tiny_starters / "starter-executor").glob("*.safetensors"))
    assert found["weights"] == pytest.approx(weights, rel=0.05)
    assert found["adapter"] == pytest.approx(found["optimizer"] / 2, rel=0.01)
    assert found["total"] == sum(size for name, size in found.items() if name != "total")


def test_what_saves_memory_saves_it(spec):
    import torch

    long = replace(SHAPE, read=300, labels=200)
    usual = predicted(spec, long)
    assert predicted(replace(spec, gradient_checkpointing=True), long)["activations"] < usual["activations"] / 2
    assert predicted(spec)["activations"] < usual["activations"]
    assert predicted(replace(spec, optimizer="adamw_bnb_8bit"), long)["optimizer"] < usual["optimizer"]
    assert predicted(replace(spec, autocast=True), long)["total"] < usual["total"]
    halves = predicted(replace(spec, base=replace(spec.base, dtype="bfloat16")), long)
    assert halves["weights"] == pytest.approx(usual["weights"] / 2, rel=0.05)
    packed = predicted(replace(spec, base=replace(spec.base, dtype="bfloat16", quantised=True)), long)
    assert packed["adapter"] == usual["adapter"]
    assert not torch.cuda.is_initialized()


def test_an_encoder_decoder_scores_all_it_writes(tmp_path):
    from transformers import T5Config

    config = T5Config(vocab_size=600, d_model=64, d_kv=16, d_ff=128, num_layers=2, num_heads=4)
    config.save_pretrained(tmp_path / "t5")
    base = tiny.base(tmp_path, "t5", architecture="seq2seq")
    spec = tiny.training(base, tmp_path / "run", lora=LoraSpec(modules=T5_LORA_MODULES))
    short, long = (predicted(spec, BatchShape(4, 60, 4 * written, written)) for written in (10, 80))
    assert long["loss"] > 4 * short["loss"] > 0


def test_the_dry_run_answers_in_bytes_tokens_and_ways_to_take_less(spec):
    from training.ml.dry_run import dry_run

    asked: dict[str, Any] = {
        "spec": spec.as_json() | {"rows": (), "validation": ()},
        "stages": [spec.rows, spec.rows[:4]],
        "ratio": 1.0,
        "limit": 1,
    }
    answer = dry_run(asked)
    assert [stage["rows"] for stage in answer["tokens"]] == [20, 4]
    assert answer["positions"] > answer["tokens"][0]["longest"] > answer["tokens"][0]["labelled"] > 0
    assert answer["memory"]["runtime"] > 50_000_000
    words = [variant["change"] for variant in answer["variants"]]
    assert words[0].startswith("Turn gradient checkpointing on")
    assert words[1] == "Read 1 rows at a time, 3 times a step"
    assert words[-1] == "All of these together"
    assert dry_run(asked | {"limit": 10**12})["variants"] == []
    assert dry_run(asked | {"ratio": 1.25})["memory"]["total"] == pytest.approx(
        1.25 * answer["memory"]["total"], rel=0.05
    )


def test_a_batch_is_measured_in_the_tokens_that_are_trained_on(spec):
    from training.ml.lengths import row_lengths
    from training.ml.loading import load_tokenizer
    from training.ml.rows import trained_tokens

    tokenizer = load_tokenizer(spec.base)
    lengths = row_lengths(spec, tokenizer, spec.rows)
    tokens = [trained_tokens(tokenizer, row, 10_000) for row in spec.rows]
    assert [row.read for row in lengths] == [len(each["input_ids"]) for each in tokens]
    shape = largest_batch(lengths, 3)
    assert shape.read == max(row.read for row in lengths)
    assert 0 < shape.labels < shape.rows * shape.read
