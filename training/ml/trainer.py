"""Fine-tuning a decoder with LoRA through TRL: one page from spec to adapter and merged weights.

Run by a worker (training/jobs.py), by a test with a tiny model, or by hand. Resumes by itself from the
newest whole checkpoint of its directory.
"""

from __future__ import annotations

import math
import resource
import shutil
import time
from pathlib import Path
from typing import Any

from training.errors import NothingToTrainOn, TrainingDiverged
from training.ml.checkpoints import hashes, newest_whole, seal
from training.ml.loading import load_base, load_tokenizer, use_threads
from training.ml.merging import merge
from training.ml.rows import trained_tokens
from training.specs import LoraSpec, Report, TrainingResult, TrainingSpec


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
    import torch
    from trl import SFTTrainer

    if not spec.rows:
        raise NothingToTrainOn(
            "No training rows: approve examples, freeze the dataset again, and launch from it."
        )
    model = load_base(spec.base)
    if spec.base.quantised:
        from peft import prepare_model_for_kbit_training

        model = prepare_model_for_kbit_training(model, use_gradient_checkpointing=spec.gradient_checkpointing)
    if spec.adapter:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, spec.adapter, is_trainable=True)
    trainer = SFTTrainer(
        model=model,
        args=arguments(spec),
        train_dataset=tokenised(spec.rows, tokenizer, spec.longest),
        eval_dataset=tokenised(spec.validation, tokenizer, spec.longest) if spec.validation else None,
        processing_class=tokenizer,
        peft_config=None if spec.adapter else lora_config(spec.lora),
        callbacks=[reporter(report), sealer()],
    )
    for parameter in trainer.model.parameters():
        if (
            parameter.requires_grad
        ):  # TRL casts the adapter of a 4-bit base to bf16, too coarse for tiny updates
            parameter.data = parameter.data.to(torch.float32)
    return trainer


def tokenised(rows: tuple[dict[str, Any], ...], tokenizer: Any, longest: int) -> Any:
    from datasets import Dataset

    return Dataset.from_list([trained_tokens(tokenizer, row, longest) for row in rows])


def lora_config(lora: LoraSpec) -> Any:
    from peft import LoraConfig

    return LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=list(lora.modules),
        bias="none",
        task_type="CAUSAL_LM",
    )


def arguments(spec: TrainingSpec) -> Any:
    """The spec in TRL's words. Nothing else about the run is decided here."""
    import torch
    from trl import SFTConfig

    return SFTConfig(
        output_dir=str(Path(spec.directory) / "checkpoints"),
        num_train_epochs=spec.epochs,
        per_device_train_batch_size=spec.batch,
        per_device_eval_batch_size=spec.batch,
        gradient_accumulation_steps=spec.accumulation,
        learning_rate=spec.learning_rate,
        weight_decay=spec.weight_decay,
        lr_scheduler_type="cosine",
        warmup_steps=spec.warm_up_share,
        optim=spec.optimizer,
        max_length=None,
        dataset_kwargs={"skip_prepare_dataset": True},
        remove_unused_columns=False,
        train_sampling_strategy="group_by_length",
        gradient_checkpointing=spec.gradient_checkpointing,
        bf16=spec.base.dtype == "bfloat16",
        use_cpu=not torch.cuda.is_available(),
        dataloader_pin_memory=torch.cuda.is_available(),
        logging_strategy="steps",
        logging_steps=spec.log_every,
        logging_nan_inf_filter=False,
        eval_strategy="steps" if spec.validation else "no",
        eval_steps=spec.checkpoint_every,
        save_strategy="steps",
        save_steps=spec.checkpoint_every,
        save_total_limit=2,
        seed=spec.seed,
        data_seed=spec.seed,
        disable_tqdm=True,
        report_to="none",
    )


def reporter(report: Report) -> Any:
    """A trainer callback that passes progress on, and stops a run whose loss is no number any more."""
    from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

    names = {
        "loss": "loss",
        "eval_loss": "validation_loss",
        "learning_rate": "learning_rate",
        "grad_norm": "gradient_norm",
    }
    began = time.monotonic()

    class Reporter(TrainerCallback):
        def on_log(
            self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
        ) -> None:
            logs = kwargs.get("logs") or {}
            figures = {ours: float(logs[theirs]) for theirs, ours in names.items() if theirs in logs}
            if not figures:
                return
            if not math.isfinite(figures.get("loss", 0.0)):
                raise TrainingDiverged(
                    f"The loss became {figures['loss']} at step {state.global_step}. "
                    "Lower the learning rate, or use float32 or bfloat16."
                )
            report(
                {
                    "step": state.global_step,
                    "steps": state.max_steps,
                    "seconds": time.monotonic() - began,
                    **figures,
                }
            )

    return Reporter()


def sealer() -> Any:
    """A trainer callback that makes each finished checkpoint a valid one."""
    from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

    class Sealer(TrainerCallback):
        def on_save(
            self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
        ) -> None:
            seal(Path(str(args.output_dir)) / f"checkpoint-{state.global_step}")

    return Sealer()


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
