"""The catalogue of bases: what is pinned, what is not, and that each says what a team has to know."""

from __future__ import annotations

import re

import pytest

from training.catalogue import CATALOGUE, CatalogueEntry
from training.specs import LORA_MODULES, T5_LORA_MODULES

ON_THE_HUB = [entry for entry in CATALOGUE if "/" in entry.source]


@pytest.mark.parametrize("entry", ON_THE_HUB, ids=lambda entry: entry.slug)
def test_a_base_on_the_hub_is_pinned_to_a_commit_or_says_that_it_is_not(entry: CatalogueEntry):
    if entry.revision:
        assert re.fullmatch(r"[0-9a-f]{40}", entry.revision)
    else:
        assert "Pinned to the commit it is first used at" in entry.note


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.slug)
def test_its_modules_are_those_of_its_layers(entry: CatalogueEntry):
    assert entry.lora_modules == (T5_LORA_MODULES if entry.model_type == "t5" else LORA_MODULES)


def test_slugs_differ_and_fallbacks_stand_before_what_falls_back_to_them():
    slugs = [entry.slug for entry in CATALOGUE]
    assert len(set(slugs)) == len(slugs)
    for index, entry in enumerate(CATALOGUE):
        assert not entry.fallback or entry.fallback in slugs[:index]


def test_a_gated_base_says_how_to_get_it():
    assert all("HF_TOKEN" in entry.note for entry in CATALOGUE if entry.gated)
