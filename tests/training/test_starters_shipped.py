"""The starters: those that ship are what their provenance says, and building one again gives the same one."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from training.errors import BaseUnavailable
from training.functiongemma import CHAT_TEMPLATE
from training.ml.checkpoints import sha256
from training.ml.recipes import Recipe, Round

pytest.importorskip("transformers", reason="needs requirements/worker.txt")

NAMES = ("starter-executor", "starter-thinker")
MOST_BYTES = 32 * 1024 * 1024
TINY = Recipe(
    name="tiny",
    corpus="calls",
    rounds=(Round(steps=2, cool_down=1), Round(steps=1, cool_down=1, wide=True, vocabulary=560)),
    vocabulary=600,
    hidden=32,
    layers=1,
    feed_forward=64,
    heads=2,
    key_value_heads=1,
    head_size=16,
    tokens_per_batch=1024,
)
SENTENCES = (
    "เปิดเพลง Electric Sunrise ของ Neon Harbor ดังๆ หน่อยครับ",
    "น้ำผึ้งป่าแท้ ๑๐๐% จากดอยอ่างขาง ราคา 1,250.50 บาท #ของดีเมืองเหนือ",
    "  Two  spaces, a tab\tand a line\nbreak — “quotes” and 🎧 ",
)


def provenance(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "provenance.json").read_text("utf-8"))
    return found


def as_json(recipe: Recipe) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(json.dumps(asdict(recipe)))
    return facts


@pytest.fixture(scope="module", params=NAMES)
def shipped(request) -> Path:
    """The folder of a starter as it ships. Skips while it has not been built."""
    import torch

    torch.set_num_threads(1)
    folder = Path(settings.STARTERS_DIR) / request.param
    if not (folder / "provenance.json").is_file():
        pytest.skip(f"{request.param} is not built: manage.py build_starters")
    return folder


def test_its_files_are_the_ones_that_were_measured(shipped):
    recorded = provenance(shipped)["files"]
    assert {"model.safetensors", "tokenizer.json", "config.json"} <= recorded.keys()
    assert {name: sha256(shipped / name) for name in recorded} == recorded


def test_all_weights_together_fit_in_the_repository():
    weights = list(Path(settings.STARTERS_DIR).rglob("*.safetensors"))
    if not weights:
        pytest.skip("no starter is built: manage.py build_starters")
    assert sum(path.stat().st_size for path in weights) <= MOST_BYTES


def test_it_was_made_by_the_recipe_of_this_code(shipped):
    from training.ml.build import RECIPES

    recipe = next(recipe for recipe in RECIPES if recipe.name == shipped.name)
    assert provenance(shipped)["recipe"] == as_json(recipe)
    assert provenance(shipped)["steps"] == recipe.steps


def test_its_scores_are_reproduced(shipped):
    from training.ml.build import RECIPES, scores

    recipe = next(recipe for recipe in RECIPES if recipe.name == shipped.name)
    assert scores(recipe, shipped) == pytest.approx(provenance(shipped)["scores_as_shipped"], abs=0.02)


def test_its_tokenizer_reads_back_what_it_writes_and_has_the_template(shipped):
    assert_tokenizer(shipped)


def test_a_round_with_a_smaller_vocabulary_forgets_the_rarest_pieces(tiny, build):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    whole = AutoTokenizer.from_pretrained(build(replace(TINY, name="whole", rounds=TINY.rounds[:1])))
    few = AutoTokenizer.from_pretrained(tiny)
    assert (len(whole), len(few)) == (600, 560)
    assert few.get_vocab() == {piece: n for piece, n in whole.get_vocab().items() if n < 560}
    assert AutoModelForCausalLM.from_pretrained(tiny).get_input_embeddings().num_embeddings == 560


def assert_tokenizer(folder: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer.chat_template == CHAT_TEMPLATE
    for sentence in SENTENCES:
        assert tokenizer.decode(tokenizer(sentence, add_special_tokens=False)["input_ids"]) == sentence


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """`build` with few conversations to make the vocabulary from: (recipe) -> folder."""
    from training.ml import build as room

    def made(recipe: Recipe) -> Path:
        folder: Path = tmp_path_factory.mktemp(recipe.name) / "starter"
        room.build(recipe, folder, report=lambda event: None, threads=1)
        return folder

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "TOKENIZER_CONVERSATIONS", 40)
        yield made


@pytest.fixture(scope="module")
def tiny(build) -> Path:
    return build(TINY)


def test_a_build_leaves_plain_files_and_where_they_come_from(tiny):
    from transformers import AutoModelForCausalLM

    from training.ml.build import scores

    facts = provenance(tiny)
    assert facts["recipe"] == as_json(TINY)
    assert facts["steps"] == 3
    assert [(each["step"], len(each["data_sha256"])) for each in facts["rounds"]] == [(2, 64), (1, 64)]
    assert facts["files"] == {name: sha256(tiny / name) for name in facts["files"]}
    assert scores(TINY, tiny) == pytest.approx(facts["scores_as_shipped"])
    assert str(AutoModelForCausalLM.from_pretrained(tiny).dtype) == "torch.bfloat16"
    assert_tokenizer(tiny)


def test_the_same_recipe_gives_the_same_starter(tiny, build):
    again = build(TINY)
    assert hashes(again) == hashes(tiny)
    assert provenance(again)["files"] == provenance(tiny)["files"]


def test_rounds_can_be_added_later(tiny, build):
    from training.ml.build import build as go_on_building

    folder = build(replace(TINY, name="begun", rounds=TINY.rounds[:1]))
    with pytest.raises(BaseUnavailable, match="had other rounds"):
        go_on_building(TINY, folder, report=lambda event: None, go_on=True)
    begun = replace(TINY, name="begun")
    go_on_building(begun, folder, report=lambda event: None, go_on=True)
    assert hashes(folder) == hashes(tiny)
    assert provenance(folder)["files"] == provenance(tiny)["files"]


def hashes(folder: Path) -> list[str]:
    return [each["data_sha256"] for each in provenance(folder)["rounds"]]


def test_another_seed_gives_other_rows_and_weights(tiny, build):
    rounds = tuple(replace(each, seed=each.seed + 1) for each in TINY.rounds)
    other = build(replace(TINY, name="other", seed=8, rounds=rounds))
    assert not set(hashes(other)) & set(hashes(tiny))
    assert provenance(other)["files"]["model.safetensors"] != provenance(tiny)["files"]["model.safetensors"]
