"""Building a starter from nothing: tokenizer, pretraining, weights as they ship, and where they come from.

`manage.py build_starters` runs this. The folder holds plain transformers files and `provenance.json`, whose
scores are measured on the weights as they ship (bfloat16), not on the ones in memory before rounding.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from training.functiongemma import segments
from training.ml.checkpoints import sha256
from training.ml.pretrain import Recipe, Report, Round, held_out_rows, pretrain, validate
from training.ml.tokenizer import train_tokenizer
from training.starters import calls_corpus, texts_corpus

SECOND = Round(steps=420, cool_down=170, wide=True, seed=8)
RECIPES = (
    Recipe(name="starter-executor", corpus="calls", rounds=(Round(steps=1300, cool_down=250), SECOND)),
    Recipe(name="starter-thinker", corpus="texts", rounds=(Round(steps=950, cool_down=200), SECOND)),
)
TOKENIZER_CONVERSATIONS = 6000


def tokenizer_texts(seed: int = 11) -> Iterator[str]:
    """Conversations of both corpora, so that the starters share one vocabulary."""
    random = Random(seed)
    for _ in range(TOKENIZER_CONVERSATIONS):
        for conversation in (calls_corpus.conversation(random), texts_corpus.conversation(random)):
            yield "".join(text for text, _ in segments(conversation.messages, conversation.tools))


def build(
    recipe: Recipe,
    folder: Path,
    *,
    report: Report,
    threads: int = 1,
) -> dict[str, Any]:
    """Train the recipe and write the starter into `folder`; returns its provenance."""
    tokenizer = train_tokenizer(tokenizer_texts(), vocabulary=recipe.vocabulary)
    model, facts = pretrain(recipe, tokenizer, report=report, threads=threads)
    return ship(recipe, model, tokenizer, facts, folder)


def ship(recipe: Recipe, model: Any, tokenizer: Any, facts: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Write rounded weights, tokenizer and provenance."""
    import torch

    model.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    provenance = {
        "recipe": facts["recipe"],
        "data_sha256": facts["data_sha256"],
        "steps": facts["step"],
        "tokens": facts["tokens"],
        "seconds": facts["seconds"],
        "bfloat16_autocast": facts["bfloat16_autocast"],
        "training_loss": round(facts["loss"], 4),
        "scores_as_shipped": scores(recipe, folder),
        "files": {name: sha256(folder / name) for name in ("model.safetensors", "tokenizer.json", "config.json")},
    }
    (folder / "provenance.json").write_text(json.dumps(provenance, indent=1) + "\n")
    return provenance


def scores(recipe: Recipe, folder: Path) -> dict[str, float]:
    """Validation loss and share of answers wholly right, of the shipped files on conversations never trained on."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    found = validate(model, held_out_rows(recipe, tokenizer), tokenizer.pad_token_id, half=False)
    return {name: round(value, 4) for name, value in found.items()}
