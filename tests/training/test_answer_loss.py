"""Scoring labelled positions only: the same loss and gradient as scoring all of them, and less memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests import tiny
from training.ml import answer_loss
from training.ml.rows import IGNORED

pytest.importorskip("peft", reason="needs requirements/worker.txt")

LENGTHS = ((9, 3), (14, 5), (6, 1), (12, 12))  # tokens of a row, and how many at its end are labelled


def gemma3(**choices: Any) -> Any:
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig

    usual = {
        "vocab_size": 97, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2,
        "num_key_value_heads": 1, "head_dim": 16, "max_position_embeddings": 64, "sliding_window": 8,
        "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "initializer_range": 0.3,
    }  # fmt: skip
    return Gemma3ForCausalLM(Gemma3TextConfig(**{**usual, **choices}))


def qwen2() -> Any:
    from transformers import Qwen2Config, Qwen2ForCausalLM

    return Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=97,
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            tie_word_embeddings=False,
            pad_token_id=0,
            initializer_range=0.3,
        )  # fmt: skip
    )


def granite() -> Any:
    """Divides its scores by a number of its own, which the shortcut does not know of."""
    from transformers import GraniteConfig, GraniteForCausalLM

    return GraniteForCausalLM(
        GraniteConfig(
            vocab_size=97,
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=1,
            num_attention_heads=2,
            num_key_value_heads=1,
            logits_scaling=7.0,
            pad_token_id=0,
            initializer_range=0.3,
        )  # fmt: skip
    )


MODELS = {"tied": gemma3, "capped": lambda: gemma3(final_logit_softcapping=3.0), "untied": qwen2}


def adapted(kind: str) -> Any:
    import torch
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(5)
    modules = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    config = LoraConfig(r=4, target_modules=modules, init_lora_weights=False, task_type="CAUSAL_LM")
    return get_peft_model(MODELS[kind](), config).train()


def batches() -> list[dict[str, Any]]:
    """Two unequal batches of two rows, padded right, as one optimizer step sees them."""
    import torch

    torch.manual_seed(6)
    rows = []
    for length, labelled in LENGTHS:
        ids = torch.randint(3, 97, (14,))
        labels = torch.where(torch.arange(14) >= length - labelled, ids, IGNORED)
        mask = torch.arange(14) < length
        rows.append((ids * mask, mask.long(), torch.where(mask, labels, IGNORED)))
    names = ("input_ids", "attention_mask", "labels")
    return [
        {name: torch.stack(column) for name, column in zip(names, zip(*pair, strict=True), strict=True)}
        for pair in (rows[:2], rows[2:])
    ]


def gradients(model: Any, losses: list[Any]) -> dict[str, Any]:
    model.zero_grad()
    for loss in losses:
        loss.backward()
    return {name: weight.grad.clone() for name, weight in model.named_parameters() if weight.grad is not None}


def step_labels(step: list[dict[str, Any]]) -> int:
    return sum(int((batch["labels"][:, 1:] != IGNORED).sum()) for batch in step)


@pytest.mark.parametrize("checkpointing", [False, True], ids=["", "checkpointing"])
@pytest.mark.parametrize("kind", MODELS)
def test_loss_and_gradient_of_a_step_are_those_of_scoring_every_position(kind, checkpointing, monkeypatch):
    import torch

    monkeypatch.setattr(answer_loss, "PART_BYTES", 4 * 97 * 3)  # three positions at a time
    model, step = adapted(kind), batches()
    if checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
        model.enable_input_require_grads()
    count = step_labels(step)
    plain = [model(**batch, num_items_in_batch=count).loss for batch in step]
    wanted = gradients(model, plain)
    scored = answer_loss.AnswerLoss(model)
    inputs = [{name: batch[name] for name in ("input_ids", "attention_mask")} for batch in step]
    ours = [scored.summed(model, part, batch["labels"]) / count for part, batch in zip(inputs, step, strict=True)]
    assert sum(ours).item() == pytest.approx(sum(plain).item(), rel=1e-6)
    found = gradients(model, ours)
    assert found.keys() == wanted.keys()
    assert len(found) == 2 * 2 * 7
    assert all(torch.allclose(found[name], wanted[name], rtol=1e-5, atol=1e-6) for name in found)


def test_under_autocast_it_stays_within_bfloat16():
    import torch

    model, step = adapted("capped"), batches()
    scored = answer_loss.AnswerLoss(model)
    batch, count = step[0], step_labels(step[:1])
    with torch.autocast("cpu", torch.bfloat16):
        plain = model(**batch).loss
        wanted = gradients(model, [plain])
        inputs = {name: batch[name] for name in ("input_ids", "attention_mask")}
        ours = scored.summed(model, inputs, batch["labels"]) / count
        found = gradients(model, [ours])
    assert ours.item() == pytest.approx(plain.item(), rel=0.01)
    one, other = (torch.cat([g.flatten() for g in some.values()]) for some in (found, wanted))
    assert torch.nn.functional.cosine_similarity(one, other, dim=0) > 0.999
    assert one.norm().item() == pytest.approx(other.norm().item(), rel=0.02)


def test_a_batch_without_a_label_costs_nothing_and_teaches_nothing():
    import torch

    model, batch = adapted("tied"), batches()[0]
    loss = answer_loss.AnswerLoss(model).summed(
        model, {"input_ids": batch["input_ids"]}, torch.full_like(batch["labels"], IGNORED)
    )
    assert loss.item() == 0
    assert all(not grad.any() for grad in gradients(model, [loss]).values())


def test_answers_are_generated_as_before_and_evaluation_keeps_no_graph():
    import torch

    model, batch = adapted("tied").eval(), batches()[0]
    before = model(input_ids=batch["input_ids"]).logits
    scored = answer_loss.AnswerLoss(model)
    with torch.no_grad():
        loss = scored.summed(model, {"input_ids": batch["input_ids"]}, batch["labels"])
    assert not loss.requires_grad
    assert torch.equal(model(input_ids=batch["input_ids"]).logits, before)


def test_a_model_that_does_more_to_its_scores_keeps_its_own_loss():
    row = list(range(3, 30))
    assert answer_loss.answer_loss_for(gemma3().requires_grad_(False), row) is not None
    assert answer_loss.answer_loss_for(granite().requires_grad_(False), row) is None
    assert answer_loss.answer_loss_for(gemma3(), row) is None, "its head is trained"


@pytest.mark.parametrize("quantised", [False, True], ids=["whole", "4-bit"])
def test_training_and_validation_follow_the_curve_of_the_plain_trainer(starters, tmp_path, monkeypatch, quantised):
    """Two small batches a step, unequal rows, a softly capped head for neither: our loss, then TRL's own."""
    from training.ml import causal
    from training.ml.trainer import train

    def curve(folder: str) -> list[tuple[str, float]]:
        events: list[dict[str, Any]] = []
        base = tiny.base(starters, quantised=quantised)
        rows = tiny.play_rows(9) + tuple(map(tiny.stop_row, range(4)))
        spec = tiny.training(base, tmp_path / folder, rows=rows, validation=rows[:4], batch=2, accumulation=2)
        train(replace(spec, epochs=1.5), events.append)
        names = ("loss", "gradient_norm", "validation_loss")
        return [(name, event[name]) for event in events for name in names if name in event]

    ours = curve("ours")
    monkeypatch.setattr(causal, "answer_loss_for", lambda model, row: None)
    plain = curve("plain")
    assert [name for name, _ in ours] == [name for name, _ in plain]
    assert [value for _, value in ours] == pytest.approx([value for _, value in plain], rel=2e-3 if quantised else 1e-4)
