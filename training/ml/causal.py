"""Fine-tuning a decoder: TRL's supervised trainer on rows rendered through the model's chat template."""

from __future__ import annotations

from typing import Any

from training.ml.arguments import shared_arguments
from training.ml.rows import trained_tokens
from training.specs import TrainingSpec


def causal_trainer(spec: TrainingSpec, model: Any, tokenizer: Any, callbacks: list[Any]) -> Any:
    """A `trl.SFTTrainer` ready to run. Raises RowTooLong or TemplateDrift."""
    from trl.trainer.sft_config import SFTConfig
    from trl.trainer.sft_trainer import SFTTrainer

    return SFTTrainer(
        model=model,
        args=SFTConfig(**shared_arguments(spec), max_length=None, dataset_kwargs={"skip_prepare_dataset": True}),
        train_dataset=tokenised(spec.rows, tokenizer, spec.longest),
        eval_dataset=tokenised(spec.validation, tokenizer, spec.longest) if spec.validation else None,
        processing_class=tokenizer,
        callbacks=callbacks,
    )


def tokenised(rows: tuple[dict[str, Any], ...], tokenizer: Any, longest: int) -> Any:
    """A dataset of {"input_ids", "labels"}, one row for each conversation."""
    from datasets import Dataset

    return Dataset.from_list([trained_tokens(tokenizer, row, longest) for row in rows])
