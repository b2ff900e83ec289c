"""A spec in the words of the trainers, the part that every architecture shares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from training.specs import TrainingSpec


def shared_arguments(spec: TrainingSpec) -> dict[str, Any]:
    """Arguments of `TrainingArguments` and its subclasses. Nothing else about the run is decided elsewhere."""
    import torch

    return {
        "output_dir": str(Path(spec.directory) / "checkpoints"),
        "num_train_epochs": spec.epochs,
        "max_steps": spec.steps or -1,
        "per_device_train_batch_size": spec.batch,
        "per_device_eval_batch_size": spec.batch,
        "gradient_accumulation_steps": spec.accumulation,
        "learning_rate": spec.learning_rate,
        "weight_decay": spec.weight_decay,
        "lr_scheduler_type": "cosine",
        "warmup_steps": spec.warm_up_share,
        "optim": spec.optimizer,
        "remove_unused_columns": False,
        "train_sampling_strategy": "group_by_length",
        "gradient_checkpointing": spec.gradient_checkpointing,
        "bf16": spec.autocast or spec.base.dtype == "bfloat16",
        "use_cpu": not torch.cuda.is_available(),
        "dataloader_pin_memory": torch.cuda.is_available(),
        "logging_strategy": "steps",
        "logging_steps": spec.log_every,
        "logging_nan_inf_filter": False,
        "eval_strategy": "steps" if spec.validation else "no",
        "eval_steps": spec.checkpoint_every,
        "save_strategy": "steps",
        "save_steps": spec.checkpoint_every,
        "save_total_limit": 3 if spec.keep_best else 2,  # two to resume from, and the best
        "metric_for_best_model": "eval_loss" if spec.keep_best and spec.validation else None,
        "greater_is_better": False,
        "include_num_input_tokens_seen": "non_padding",
        "seed": spec.seed,
        "data_seed": spec.seed,
        "disable_tqdm": True,
        "report_to": "none",
    }
