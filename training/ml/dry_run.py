"""A run without its computing, as a program of its own, because the web side knows no torch.

    python -m training.ml.dry_run [PARENT] < QUESTION

With the process id of its PARENT it ends when that does. The question and the answer are JSON; the answer is the last
line. Asked are {"spec": a TrainingSpec without rows, "stages": [rows of each], "ratio": what memory is multiplied with,
"limit": bytes}; answered {"tokens": a summary of each stage's rows, "memory": its parts in bytes, "positions": how many
tokens the base reads at once (0: any number), "device", "variants": what would take less, when the run takes more than
the limit}, or {"problem", "kind"}.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from background.errors import ProblemError
from background.parent_death import die_with_parent
from training.ml.empty_model import config_of
from training.ml.lengths import row_lengths
from training.ml.loading import load_tokenizer, quietly
from training.ml.memory import predict
from training.planning.batch_shape import RowLength, largest_batch, summary
from training.planning.foresight import calibrated
from training.planning.plan import SMALL
from training.specs import TrainingSpec, halved

Variant = tuple[str, TrainingSpec, Sequence[RowLength]]
WORTH_IT = 1.25  # how much longer the longest row is than most, from which leaving such rows out is proposed


def dry_run(question: dict[str, Any]) -> dict[str, Any]:
    """The answer to the question. Raises BaseUnavailable, ImpossiblePlan, TemplateDrift or NotInVocabulary."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    runtime = 0 if device == "cuda" else resident_with_libraries()
    spec = TrainingSpec.from_json(question["spec"])
    tokenizer = load_tokenizer(spec.base)
    stages = [row_lengths(spec, tokenizer, rows) for rows in question["stages"]]
    every = [length for lengths in stages for length in lengths]

    def taken(spec: TrainingSpec, lengths: Sequence[RowLength]) -> dict[str, int]:
        parts = predict(spec, largest_batch(lengths, spec.batch), device)
        whole = {"runtime": runtime} | parts | {"total": parts["total"] + runtime}
        return calibrated(whole, question["ratio"])

    memory = taken(spec, every)
    variants = less(spec, every) if 0 < question["limit"] < memory["total"] else ()
    return {
        "device": device,
        "tokens": [summary(lengths) for lengths in stages],
        "memory": memory,
        "positions": positions(spec),
        "variants": [{"change": text, "total": taken(one, lengths)["total"]} for text, one, lengths in variants],
    }


def resident_with_libraries() -> int:
    """Bytes a process takes once all is imported that training imports."""
    import datasets  # noqa: F401
    import peft  # noqa: F401
    import psutil
    from trl.trainer.sft_trainer import SFTTrainer  # noqa: F401

    return int(psutil.Process().memory_info().rss)


def positions(spec: TrainingSpec) -> int:
    config = config_of(spec.base)
    text = config.get_text_config() if spec.base.architecture == "causal" else config
    return int(getattr(text, "max_position_embeddings", 0) or 0)


def less(spec: TrainingSpec, lengths: Sequence[RowLength]) -> Iterator[Variant]:
    """What would take less memory, in words and done, and at the end all of it together."""
    every, shorter = spec, lengths
    if not spec.gradient_checkpointing:
        every = replace(every, gradient_checkpointing=True)
        yield "Turn gradient checkpointing on (slower by a third)", every, lengths
    if (smaller := halved(spec)) is not None:
        every = replace(every, batch=smaller.batch, accumulation=smaller.accumulation)
        yield f"Read {smaller.batch} rows at a time, {smaller.accumulation} times a step", smaller, lengths
    if not spec.base.quantised and spec.base.architecture == "causal" and is_large(spec):
        every = replace(every, base=replace(every.base, quantised=True))
        yield "Load the base in 4 bits", replace(spec, base=every.base), lengths
    most = sorted(row.read + row.written for row in lengths)[int(0.9 * (len(lengths) - 1))]
    if max(row.read + row.written for row in lengths) > WORTH_IT * most:
        shorter = [row for row in lengths if row.read + row.written <= most]
        yield f"Shorten the rows of more than {most:,} tokens, a tenth of them", spec, shorter
    yield "All of these together", every, shorter


def is_large(spec: TrainingSpec) -> bool:
    import torch

    from training.ml.empty_model import empty_base

    with torch.device("meta"):
        weights: int = sum(weight.numel() for weight in empty_base(spec.base).parameters())
    return weights >= SMALL


def main(parent: str = "") -> None:
    if parent:
        die_with_parent(int(parent))
    quietly()
    try:
        answer = dry_run(json.load(sys.stdin))
    except ProblemError as problem:
        answer = {"problem": str(problem), "kind": type(problem).__name__}
    print(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
