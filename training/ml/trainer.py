"""Fine-tuning with LoRA: one page from spec to adapter and merged weights, the same for every architecture.

Run by a worker (training/jobs.py), by a test with a tiny model, or by hand. Resumes by itself from the
newest whole checkpoint of its directory.
"""

from __future__ import annotations

import resource
import shutil
import time
from pathlib import Path
from typing import Any

from training.errors import NothingToTrainOn
from training.ml.adapters import adapted_base, in_full_precision
from training.ml.callbacks import reporter, sealer, shuffler
from training.ml.causal import causal_trainer
from training.ml.checkpoints import hashes, newest_whole
from training.ml.loading import load_tokenizer, use_threads
from training.ml.merging import merge
from training.ml.seq2seq import seq2seq_trainer
from training.specs import Report, TrainingResult, TrainingSpec


def train(spec: TrainingSpec, report: Report) -> TrainingResult:
    """Follow `spec`; raises ProblemError subclasses for what a user can mend.

    `report` gets {"step", "steps", "seconds"} after each step, with "loss", "learning_rate",
    "gradient_norm" or "validation_loss" whenever the trainer logs them.
    """
    use_threads(spec.threads)
    began, directory = time.monotonic(), Path(spec.directory)
    tokenizer = load_tokenizer(spec.base)
    trainer = make_trainer(spec, tokenizer, report)
    checkpoint = newest_whole(directory / "checkpoints")
    outcome = trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    adapter = save_adapter(trainer.model, tokenizer, directory)
    merged = save_merged(spec, tokenizer, adapter, directory)
    shutil.rmtree(directory / "checkpoints", ignore_errors=True)
    trainable, parameters = trainer.model.get_nb_trainable_parameters()
    return TrainingResult(
        adapter=str(adapter),
        merged=str(merged),
        manifest={"adapter": hashes(adapter), "merged": hashes(merged)},
        steps=trainer.state.global_step,
        trainable=trainable,
        parameters=parameters,
        training_loss=outcome.training_loss,
        validation_loss=last_logged(trainer, "eval_loss"),
        seconds=round(time.monotonic() - began, 1),
        peak_memory=peak_memory(),
        resumed_from=int(checkpoint.name.split("-")[1]) if checkpoint else 0,
    )


def make_trainer(spec: TrainingSpec, tokenizer: Any, report: Report) -> Any:
    """The trainer of the base's architecture; all that differs between them is in causal.py and seq2seq.py."""
    if not spec.rows:
        raise NothingToTrainOn("No training rows: approve examples, freeze the dataset again, and launch from it.")
    build = seq2seq_trainer if spec.base.architecture == "seq2seq" else causal_trainer
    trainer = build(spec, adapted_base(spec), tokenizer, [reporter(report), sealer(), shuffler()])
    in_full_precision(trainer.model)
    return trainer


def save_adapter(model: Any, tokenizer: Any, directory: Path) -> Path:
    target = directory / "adapter"
    shutil.rmtree(target, ignore_errors=True)
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)
    return target


def save_merged(spec: TrainingSpec, tokenizer: Any, adapter: Path, directory: Path) -> Path:
    target = directory / "merged"
    shutil.rmtree(target, ignore_errors=True)
    merge(spec.base, str(adapter), target, tokenizer)
    return target


def last_logged(trainer: Any, name: str) -> float | None:
    return next((float(entry[name]) for entry in reversed(trainer.state.log_history) if name in entry), None)


def peak_memory() -> int:
    """Bytes: the GPU's peak where there is one, else the process's largest resident size."""
    import torch

    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
