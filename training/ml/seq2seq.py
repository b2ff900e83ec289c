"""Fine-tuning an encoder-decoder (the T5 family): the encoder reads the request, the decoder learns the answer.

T5 tokenizers have no chat template. What the encoder reads is the context, a blank line and the user's
request; what the decoder learns is the assistant's text and the end token. Tools are for decoders only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from training.errors import NotInVocabulary, RowTooLong
from training.ml.arguments import shared_arguments
from training.ml.rows import IGNORED
from training.prompts import with_context
from training.specs import TrainingSpec


def seq2seq_trainer(spec: TrainingSpec, model: Any, tokenizer: Any, callbacks: list[Any]) -> Any:
    """A `transformers.Seq2SeqTrainer` ready to run. Raises RowTooLong or NotInVocabulary."""
    from transformers import DataCollatorForSeq2Seq, Seq2SeqTrainer, Seq2SeqTrainingArguments

    return Seq2SeqTrainer(
        model=model,
        args=Seq2SeqTrainingArguments(**shared_arguments(spec), label_names=["labels"]),
        data_collator=DataCollatorForSeq2Seq(tokenizer, model=model, label_pad_token_id=IGNORED),
        train_dataset=tokenised_pairs(spec.rows, tokenizer, spec.longest),
        eval_dataset=tokenised_pairs(spec.validation, tokenizer, spec.longest) if spec.validation else None,
        processing_class=tokenizer,
        compute_loss_func=answer_loss,
        callbacks=callbacks,
    )


def tokenised_pairs(rows: tuple[dict[str, Any], ...], tokenizer: Any, longest: int) -> Any:
    """A dataset of {"input_ids", "attention_mask", "labels"}, one row for each answer."""
    from datasets import Dataset

    return Dataset.from_list(
        [pair_tokens(tokenizer, asked, answer, longest) for row in rows for asked, answer in pairs(row)]
    )


def pairs(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(encoder text, answer) for each assistant turn of a row."""
    for index, message in enumerate(row["messages"]):
        if message["role"] == "assistant":
            yield encoder_text(row | {"messages": row["messages"][:index]}), message["content"]


def encoder_text(row: dict[str, Any], *, context: bool = True) -> str:
    """What the encoder reads to answer `row`: its context, a blank line and the last user message."""
    last = next(message for message in reversed(row["messages"]) if message["role"] == "user")
    text: str = with_context([last], row.get("context", "") if context else "")[0]["content"]
    return text


def pair_tokens(tokenizer: Any, asked: str, answer: str, longest: int) -> dict[str, list[int]]:
    """{"input_ids", "attention_mask", "labels"}; the labels are the answer's tokens and the end token.

    Raises RowTooLong when either side has more than `longest` tokens, and NotInVocabulary for an answer the
    model cannot write (T5's vocabulary has no Thai), which would teach it to write the unknown token.
    """
    read = tokenizer(asked)["input_ids"]
    labels = [*tokenizer(answer, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
    if max(len(read), len(labels)) > longest:
        raise RowTooLong(
            f"A row of {len(read)} tokens to read and {len(labels)} to write does not fit the plan's {longest}: "
            f"shorten it, or raise 'longest'. It begins: {asked[:60]!r}"
        )
    if tokenizer.unk_token_id in labels:
        raise NotInVocabulary(
            f"The base's vocabulary lacks signs of the answer {answer[:60]!r}: "
            "choose a base that knows its language, or archive such examples and freeze again."
        )
    return {"input_ids": read, "attention_mask": [1] * len(read), "labels": labels}


def answer_loss(outputs: Any, labels: Any, num_items_in_batch: Any = None) -> Any:
    """Cross-entropy a label, averaged over all the labels of an optimizer step.

    `outputs.logits` is (rows, labels, vocabulary), `labels` (rows, labels) with -100 where there is none.
    T5's own loss is averaged per batch though it accepts the step's count, so that the trainer would add up
    the batches of a step instead of averaging them.
    """
    import torch

    scores, wanted = outputs.logits.flatten(0, 1).float(), labels.flatten().to(outputs.logits.device)
    total = torch.nn.functional.cross_entropy(scores, wanted, ignore_index=IGNORED, reduction="sum")
    return total / ((wanted != IGNORED).sum() if num_items_in_batch is None else num_items_in_batch)
