"""Pretraining a starter: one page from generated conversations to a small Gemma 3 that reads its context.

Loss falls on what the assistant says and only those positions reach the output head. Hidden matrices are
optimised by Muon, the rest by AdamW; the rate warms up, stays, and falls over the cool-down, which begins with
fresh moments. Difficulty grows with the steps: few tools and look-ups first, because copying has to appear
before it can be used.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from typing import Any

from training.ml.corpus import IGNORED, Batch, batches, held_out_rows
from training.ml.recipes import Recipe, Round
from training.ml.tokenizer import narrowed

Report = Callable[[dict[str, Any]], None]
Facts = dict[str, Any]


def new_model(recipe: Recipe, tokenizer: Any) -> Any:
    import torch
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig

    torch.manual_seed(recipe.seed)
    return Gemma3ForCausalLM(
        Gemma3TextConfig(
            vocab_size=recipe.vocabulary,
            hidden_size=recipe.hidden,
            num_hidden_layers=recipe.layers,
            intermediate_size=recipe.feed_forward,
            num_attention_heads=recipe.heads,
            num_key_value_heads=recipe.key_value_heads,
            head_dim=recipe.head_size,
            query_pre_attn_scalar=recipe.head_size,
            layer_types=["full_attention"] * recipe.layers,
            max_position_embeddings=4096,
            pad_token_id=tokenizer.pad_token_id,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
        )
    )


def optimizers(model: Any, rate: float) -> list[Any]:
    import torch

    matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name]
    others = [p for name, p in model.named_parameters() if p.ndim != 2 or "embed" in name]
    return [
        torch.optim.Muon(matrices, lr=rate, weight_decay=0.02, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, lr=rate, betas=(0.9, 0.95), weight_decay=0.0),
    ]


def rate_at(step: int, this: Round, warm_up: int) -> float:
    """Share of the peak rate at a step of a round: linear warm-up, a plateau, a linear fall over the cool-down."""
    falling = (this.steps - step) / this.cool_down
    return min(1.0, (step + 1) / warm_up, max(falling, 0.01))


def forward(model: Any, rows: Batch, pad: int, half: bool) -> tuple[Any, Any, list[int]]:
    """Loss over the trained positions, which of them were predicted right, and the rows' shares of them."""
    import torch

    longest = max(len(tokens) for tokens, _ in rows)
    inputs = torch.tensor([tokens + [pad] * (longest - len(tokens)) for tokens, _ in rows])
    labels = torch.tensor([lab[1:] + [IGNORED] * (longest - len(lab) + 1) for _, lab in rows])
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        hidden = model.model(inputs).last_hidden_state
        wanted = labels != IGNORED
        scores = model.lm_head(hidden[wanted])
    loss = torch.nn.functional.cross_entropy(scores.float(), labels[wanted])
    return loss, scores.argmax(-1) == labels[wanted], wanted.sum(1).tolist()


def teacher_forced_strict(right: Any, counts: list[int], rows: Batch) -> tuple[int, int]:
    """(answers wholly right, answers): an answer whose every token is the most likely one is what greedy
    decoding writes, given right answers before it."""
    good = total = at = 0
    flags = right.tolist()
    for (_, labels), count in zip(rows, counts, strict=True):
        mine, at = iter(flags[at : at + count]), at + count
        answer: list[bool] = []
        for label in [*labels[1:], IGNORED]:
            if label != IGNORED:
                answer.append(next(mine))
            elif answer:
                good, total, answer = good + all(answer), total + 1, []
    return good, total


def validate(model: Any, rows: Batch, pad: int, half: bool) -> dict[str, float]:
    import torch

    good = total = 0
    losses = []
    model.eval()
    with torch.no_grad():
        for start in range(0, len(rows), 8):
            part = rows[start : start + 8]
            loss, right, counts = forward(model, part, pad, half)
            losses.append(float(loss))
            g, t = teacher_forced_strict(right, counts, part)
            good, total = good + g, total + t
    model.train()
    return {"validation_loss": sum(losses) / len(losses), "strict": good / total, "answers": total}


def pretrain(
    recipe: Recipe,
    tokenizer: Any,
    *,
    report: Report,
    threads: int = 1,
    every: int = 100,
    model: Any = None,
    made: Sequence[Facts] = (),
) -> tuple[Any, Any, list[Facts]]:
    """Train `recipe` to its end and return the model, its tokenizer and the facts of each round.

    `report` gets {"step", "steps", "loss", "tokens", "seconds"} and, every `every` steps and at the end of a
    round, the validation figures. A `model` that has been through the rounds `made` goes on with the next.
    """
    import torch

    torch.set_num_threads(threads)
    model, rounds = model or new_model(recipe, tokenizer), list(made)
    for index in range(len(made), len(recipe.rounds)):
        if index:  # a later round goes on from weights as they would ship
            model.to(torch.bfloat16).to(torch.float32)
        if size := recipe.rounds[index].vocabulary:
            tokenizer = narrowed(tokenizer, size)
            model.resize_token_embeddings(size)
        tell = round_report(recipe, index, model, tokenizer, every, report)
        rounds.append(train_round(recipe, index, model, tokenizer, tell))
    return model, tokenizer, rounds


def round_report(recipe: Recipe, index: int, model: Any, tokenizer: Any, every: int, report: Report) -> Report:
    """Passes a round's steps on as steps of the recipe, now and then with validation figures."""
    rows, before = held_out_rows(recipe, tokenizer), sum(each.steps for each in recipe.rounds[:index])

    def tell(event: Facts) -> None:
        if event["step"] % every == 0 or event["step"] == recipe.rounds[index].steps:
            event = event | validate(model, rows, tokenizer.pad_token_id, fast_bfloat16())
        report(event | {"step": before + event["step"], "steps": recipe.steps})

    return tell


def fast_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 matrices in hardware (AVX-512 or AMX)."""
    import torch

    return bool(torch.cpu._is_avx512_bf16_supported())


def train_round(recipe: Recipe, index: int, model: Any, tokenizer: Any, report: Report) -> Facts:
    """One round, with fresh moments at its start and at its cool-down; returns what went into it."""
    this, half, began = recipe.rounds[index], fast_bfloat16(), time.monotonic()
    seen, digest, steppers = 0, hashlib.sha256(), optimizers(model, recipe.rate)
    facts: Facts = {}
    for step, parts in enumerate(batches(recipe, index, tokenizer)):
        if step == this.steps - this.cool_down:
            steppers = optimizers(model, recipe.rate)
        set_rate(steppers, recipe.rate * rate_at(step, this, recipe.warm_up))
        loss = optimise(model, parts, steppers, tokenizer.pad_token_id, half)
        seen += sum(len(tokens) for batch in parts for tokens, _ in batch)
        digest.update(repr(parts).encode())
        facts = {"step": step + 1, "loss": loss, "tokens": seen, "seconds": round(time.monotonic() - began, 1)}
        report(facts)
    return facts | {"loss": round(facts["loss"], 4), "data_sha256": digest.hexdigest(), "bfloat16_autocast": half}


def set_rate(steppers: list[Any], rate: float) -> None:
    for stepper in steppers:
        for group in stepper.param_groups:
            group["lr"] = rate


def optimise(model: Any, parts: list[Batch], steppers: list[Any], pad: int, half: bool) -> float:
    """One step over the gradients of all `parts`; returns their mean loss."""
    import torch

    loss = 0.0
    for batch in parts:
        part, _, _ = forward(model, batch, pad, half)
        (part / len(parts)).backward()
        loss += part.item() / len(parts)
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for stepper in steppers:
        stepper.step()
        stepper.zero_grad(set_to_none=True)
    return loss
