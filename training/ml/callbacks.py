"""What happens during a run whatever the architecture: progress passed on, checkpoints sealed, rows shuffled."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

from training.errors import TrainingDiverged
from training.ml.checkpoints import seal
from training.specs import Report

NAMES = {
    "loss": "loss",
    "eval_loss": "validation_loss",
    "learning_rate": "learning_rate",
    "grad_norm": "gradient_norm",
}


def reporter(report: Report) -> Any:
    """A trainer callback that passes progress on, and stops a run whose loss is no number any more."""
    from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

    began = time.monotonic()

    class Reporter(TrainerCallback):
        def on_log(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
            logs = kwargs.get("logs") or {}
            figures = {ours: float(logs[theirs]) for theirs, ours in NAMES.items() if theirs in logs}
            if not figures:
                return
            if not math.isfinite(figures.get("loss", 0.0)):
                raise TrainingDiverged(
                    f"The loss became {figures['loss']} at step {state.global_step}. "
                    "Lower the learning rate, or use float32 or bfloat16."
                )
            seconds = time.monotonic() - began
            report({"step": state.global_step, "steps": state.max_steps, "seconds": seconds, **figures})

    return Reporter()


def sealer() -> Any:
    """A trainer callback that makes each finished checkpoint a valid one."""
    from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

    class Sealer(TrainerCallback):
        def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
            seal(Path(str(args.output_dir)) / f"checkpoint-{state.global_step}")

    return Sealer()


def shuffler() -> Any:
    """A trainer callback that lets seed and epoch alone decide the order of the rows.

    The trainer's own order hangs on how far the process's random numbers are, so that a run resumed within an
    epoch would see some of its rows twice and others not at all.
    """
    import torch
    from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

    class Shuffler(TrainerCallback):
        def on_epoch_begin(
            self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
        ) -> None:
            batches = kwargs["train_dataloader"].batch_sampler
            while hasattr(batches, "batch_sampler"):
                batches = batches.batch_sampler
            batches.sampler.generator = torch.Generator().manual_seed(args.seed + int(state.epoch or 0))

    return Shuffler()
