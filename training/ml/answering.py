"""Letting models answer held-out rows, greedily, in batches of like length."""

from __future__ import annotations

from typing import Any

from training.functiongemma import STOP_TOKENS
from training.ml.loading import load_arm, load_tokenizer, use_threads
from training.ml.rows import prompt_text
from training.ml.seq2seq import encoder_text
from training.specs import AnswerSpec, ArmSpec, Report


def answer(spec: AnswerSpec, report: Report) -> dict[str, list[str]]:
    """{arm: [text, ...]}: what each arm writes after each row, control tokens kept, stop token and padding cut."""
    use_threads(spec.threads)
    return {arm.name: answers_of(arm, spec, report) for arm in spec.arms}


def answers_of(arm: ArmSpec, spec: AnswerSpec, report: Report) -> list[str]:
    tokenizer, model = load_tokenizer(arm.base), load_arm(arm)
    prompts = [prompt_for(arm, tokenizer, row) for row in spec.rows]
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    answers = [""] * len(prompts)
    for start in range(0, len(order), spec.batch):
        chosen = order[start : start + spec.batch]
        texts = generate(model, tokenizer, [prompts[i] for i in chosen], spec.most_new_tokens)
        for index, text in zip(chosen, texts, strict=True):
            answers[index] = text
        report({"arm": arm.name, "done": start + len(chosen), "rows": len(order)})
    return answers


def prompt_for(arm: ArmSpec, tokenizer: Any, row: dict[str, Any]) -> str:
    """What a decoder continues, or what an encoder reads."""
    if arm.base.architecture == "seq2seq":
        return encoder_text(row, context=arm.with_context)
    return prompt_text(tokenizer, row, context=arm.with_context)


def stop_ids(tokenizer: Any) -> list[int]:
    """The ids that end a turn: the tokenizer's own end token and those of the call format it knows."""
    known = tokenizer.get_vocab()
    return sorted({tokenizer.eos_token_id, *(known[t] for t in STOP_TOKENS if t in known)} - {None})


def generate(model: Any, tokenizer: Any, prompts: list[str], most_new_tokens: int) -> list[str]:
    """Greedy answers to `prompts` as one batch.

    A decoder's prompts are padded left and hold their control tokens already; they are cut off its output. An
    encoder's are padded right and get the tokenizer's own; of the decoder's output only the start token is cut.
    """
    import torch

    reads = bool(model.config.is_encoder_decoder)
    encoded = tokenizer(prompts, add_special_tokens=reads, padding=True, return_tensors="pt").to(model.device)
    begin = 1 if reads else encoded["input_ids"].shape[1]
    ends = stop_ids(tokenizer)
    with torch.no_grad():
        output = model.generate(
            **encoded,
            max_new_tokens=most_new_tokens,
            do_sample=False,
            eos_token_id=ends,
            pad_token_id=tokenizer.pad_token_id,
        )
    return [text_until(row, tokenizer, ends) for row in output[:, begin:].tolist()]


def text_until(tokens: list[int], tokenizer: Any, ends: list[int]) -> str:
    kept: list[int] = []
    for token in tokens:
        if token in ends:
            break
        kept.append(token)
    text: str = tokenizer.decode(kept, skip_special_tokens=False)
    return text.replace(tokenizer.pad_token, "")
