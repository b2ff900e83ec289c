"""Fine-tuning a decoder: TRL's supervised trainer on rows rendered through the model's chat template."""

from __future__ import annotations

from typing import Any

from training.ml.answer_loss import answer_loss_for
from training.ml.arguments import shared_arguments
from training.ml.rows import IGNORED, trained_tokens
from training.specs import TrainingSpec


def causal_trainer(spec: TrainingSpec, model: Any, tokenizer: Any, callbacks: list[Any]) -> Any:
    """A `trl.SFTTrainer` ready to run, scoring labelled positions only. Raises RowTooLong or TemplateDrift."""
    from trl.trainer.sft_config import SFTConfig

    rows = tokenised(spec.rows, tokenizer, spec.longest)
    trainer = trainer_class()(
        model=model,
        args=SFTConfig(**shared_arguments(spec), max_length=None, dataset_kwargs={"skip_prepare_dataset": True}),
        train_dataset=rows,
        eval_dataset=tokenised(spec.validation, tokenizer, spec.longest) if spec.validation else None,
        processing_class=tokenizer,
        callbacks=callbacks,
    )
    trainer.score_answers(answer_loss_for(model, rows[0]["input_ids"]))
    return trainer


def trainer_class() -> Any:
    """The supervised trainer with a loss of its own, made here because importing TRL takes seconds."""
    from trl.trainer.sft_trainer import SFTTrainer

    class AnswerTrainer(SFTTrainer):
        answer_loss: Any = None
        loss_is_scaled_for_ga: Any = None

        def score_answers(self, answer_loss: Any) -> None:
            """Use this loss from now on; None leaves TRL's own, which scores every position."""
            if answer_loss is not None:
                self.answer_loss = answer_loss
                self.loss_is_scaled_for_ga = self.model_accepts_loss_kwargs = True  # a step's labels are counted

        def compute_loss(
            self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
        ) -> Any:
            """The mean over the labels of the whole optimizer step, or of this batch when evaluating."""
            if self.answer_loss is None or return_outputs:
                return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)  # type: ignore[no-untyped-call]
            labels = inputs["labels"]
            total = self.answer_loss.summed(model, {k: v for k, v in inputs.items() if k != "labels"}, labels)
            if num_items_in_batch is None:
                return total / (labels[:, 1:] != IGNORED).sum().clamp(min=1)
            shares = self.accelerator.num_processes if self.args.average_tokens_across_devices else 1
            return total * shares / num_items_in_batch

    return AnswerTrainer


def tokenised(rows: tuple[dict[str, Any], ...], tokenizer: Any, longest: int) -> Any:
    """A dataset of {"input_ids", "labels"}, one row for each conversation."""
    from datasets import Dataset

    return Dataset.from_list([trained_tokens(tokenizer, row, longest) for row in rows])
