"""Building a starter from nothing: tokenizer, pretraining, weights as they ship, and where they come from.

`manage.py build_starters` runs this. The folder holds plain transformers files and `provenance.json`, whose
scores are measured on the weights as they ship (bfloat16), not on the ones in memory before rounding.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

from training.errors import BaseUnavailable
from training.functiongemma import CHAT_TEMPLATE, segments
from training.ml.checkpoints import sha256
from training.ml.corpus import held_out_rows
from training.ml.pretrain import Facts, Report, pretrain, validate
from training.ml.recipes import Recipe, Round
from training.ml.tokenizer import train_tokenizer
from training.starters import calls_corpus, texts_corpus

SECOND = Round(steps=420, cool_down=170, wide=True, seed=8)
THIRD = Round(steps=360, cool_down=200, wide=True, seed=9)
FOURTH = Round(steps=600, cool_down=220, wide=True, seed=10, vocabulary=1280)
FIFTH = Round(steps=450, cool_down=220, wide=True, seed=11, vocabulary=1280, rich=True)
SIXTH = Round(steps=450, cool_down=260, wide=True, seed=12, vocabulary=1280, rich=True)
SEVENTH = Round(steps=900, cool_down=620, wide=True, seed=13, vocabulary=1280, rich=True, common=True)
EIGHTH = Round(steps=600, cool_down=350, wide=True, seed=14, vocabulary=1280, rich=True, common=True, written=0.65)
NINTH = Round(steps=900, cool_down=620, wide=True, seed=15, vocabulary=1280, rich=True, common=True, written=0.65)
FURTHER = (SECOND, THIRD, FOURTH)
RECIPES = (
    Recipe(
        name="starter-executor",
        corpus="calls",
        rounds=(Round(steps=1300, cool_down=250), *FURTHER, FIFTH, SIXTH, SEVENTH, EIGHTH, NINTH),
    ),
    Recipe(name="starter-thinker", corpus="texts", rounds=(Round(steps=950, cool_down=200), *FURTHER)),
)
TOKENIZER_CONVERSATIONS = 6000


def tokenizer_texts(seed: int = 11) -> Iterator[str]:
    """Conversations of both corpora, so that the starters share one vocabulary."""
    random = Random(seed)
    for _ in range(TOKENIZER_CONVERSATIONS):
        for conversation in (calls_corpus.conversation(random), texts_corpus.conversation(random)):
            yield "".join(text for text, _ in segments(conversation.messages, conversation.tools))


def build(recipe: Recipe, folder: Path, *, report: Report, threads: int = 1, go_on: bool = False) -> dict[str, Any]:
    """Train the recipe and write the starter into `folder`; returns its provenance.

    With `go_on` the starter that lies there goes on after the rounds it has been through, which gives the same
    weights as all rounds in one go. Raises BaseUnavailable when it was made by another recipe.
    """
    if not go_on:
        tokenizer = train_tokenizer(tokenizer_texts(), vocabulary=recipe.vocabulary)
        return ship(recipe, *pretrain(recipe, tokenizer, report=report, threads=threads), folder)
    tokenizer, model, made = begun(recipe, folder)
    finished = pretrain(recipe, tokenizer, report=report, threads=threads, model=model, made=made)
    return ship(recipe, *finished, folder)


def begun(recipe: Recipe, folder: Path) -> tuple[Any, Any, list[Facts]]:
    """Tokenizer, model and the rounds made of the starter in `folder`."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    path = folder / "provenance.json"
    earlier = json.loads(path.read_text()) if path.is_file() else {"recipe": {}, "rounds": []}
    wanted, made = json.loads(json.dumps(asdict(recipe))), earlier["rounds"]
    if earlier["recipe"] != wanted | {"rounds": wanted["rounds"][: len(made)]} or not made:
        raise BaseUnavailable(f"The starter in {folder} had other rounds than this recipe: build it anew.")
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).train()
    return AutoTokenizer.from_pretrained(folder), model, made


def ship(recipe: Recipe, model: Any, tokenizer: Any, rounds: list[Facts], folder: Path) -> dict[str, Any]:
    """Write rounded weights, tokenizer and provenance."""
    import torch

    model.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.chat_template = CHAT_TEMPLATE
    tokenizer.save_pretrained(folder)
    provenance = {
        "recipe": asdict(recipe),
        "steps": recipe.steps,
        "rounds": rounds,
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
