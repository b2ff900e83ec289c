"""What happens during a run whatever the architecture: progress passed on, checkpoints sealed, rows shuffled, and the
two ways in which a run ends before its last step."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from training.errors import TrainingDiverged
from training.ml.checkpoints import seal
from training.ml.peak import peak_memory
from training.specs import Report

NAMES = {
    "loss": "loss",
    "eval_loss": "validation_loss",
    "learning_rate": "learning_rate",
    "grad_norm": "gradient_norm",
}
WORDS = {"loss": "loss", "validation_loss": "validation loss", "gradient_norm": "gradient"}
CURE = "Lower the learning rate, or use float32 or bfloat16."


def reporter(report: Report) -> Any:
    """A trainer callback that passes progress on, and stops a run whose numbers are none any more.

    Tokens a second are tokens read, without padding, by the time the steps took: evaluations and checkpoints do not
    count.
    """
    from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

    class Reporter(TrainerCallback):
        seen = 0
        seconds = since = 0.0

        def on_train_begin(
            self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
        ) -> None:
            self.seen = state.num_input_tokens_seen

        def on_step_begin(
            self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
        ) -> None:
            self.since = time.monotonic()

        def on_step_end(
            self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
        ) -> None:
            self.seconds += time.monotonic() - self.since

        def on_log(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
            logs = kwargs.get("logs") or {}
            figures = {ours: float(logs[theirs]) for theirs, ours in NAMES.items() if theirs in logs}
            if not figures:
                return
            still_finite(figures, state.global_step)
            report({"step": state.global_step, "steps": state.max_steps, **figures, **self.pace(state, figures)})

        def pace(self, state: TrainerState, figures: dict[str, float]) -> dict[str, float]:
            """Tokens a second since the last step that was logged, and the most bytes so far."""
            if "loss" not in figures or not self.seconds:
                return {}
            tokens, seconds = state.num_input_tokens_seen - self.seen, self.seconds
            self.seen, self.seconds = state.num_input_tokens_seen, 0.0
            return {"tokens_per_second": round(tokens / seconds, 1), "memory": peak_memory()}

    return Reporter()


def still_finite(figures: dict[str, float], step: int) -> None:
    """Raises TrainingDiverged when the loss or the length of the gradient is no number."""
    for name, words in WORDS.items():
        if not math.isfinite(figures.get(name, 0.0)):
            raise TrainingDiverged(f"The {words} became {figures[name]} at step {step}. {CURE}")


def sealer() -> Any:
    """A trainer callback that makes each finished checkpoint a valid one, unless its weights are no numbers."""
    import torch
    from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

    class Sealer(TrainerCallback):
        def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
            trained = (weight for weight in kwargs["model"].parameters() if weight.requires_grad)
            if not all(torch.isfinite(weight).all() for weight in trained):
                raise TrainingDiverged(f"The weights are no numbers any more at step {state.global_step}. {CURE}")
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


def stopper(patience: int) -> Any:
    """A trainer callback that ends a run after `patience` evaluations without a lower validation loss; 0 never does."""
    from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

    class Stopper(TrainerCallback):
        def on_evaluate(
            self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
        ) -> None:
            if exhausted(state.log_history, patience):
                control.should_training_stop = True

    return Stopper()


def exhausted(history: list[dict[str, Any]], patience: int) -> bool:
    """Whether the lowest validation loss lies `patience` evaluations back; known from the trainer's history alone, so
    that a resumed run ends where an uninterrupted one does."""
    losses = [float(entry["eval_loss"]) for entry in history if "eval_loss" in entry]
    return 0 < patience < len(losses) and losses.index(min(losses)) < len(losses) - patience


def pauser(stopping: Callable[[], bool]) -> Any:
    """A trainer callback that, once `stopping` says so, ends the run after the present step with a checkpoint."""
    from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

    class Pauser(TrainerCallback):
        def on_step_end(
            self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
        ) -> None:
            if stopping():
                control.should_save = control.should_training_stop = True

    return Pauser()
