"""The measures and arms of an evaluation, in the reader's language, and which way is better."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from brands.admin.pieces import words

MEASURES: dict[str, tuple[str | Promise, str | Promise]] = {
    "strict": (_("Strict match"), _("the same calls, in the same order, with the same arguments")),
    "names": (_("Right tools"), _("the same tools, whatever their arguments")),
    "readable": (_("Readable"), _("the answer can be read as calls")),
    "schema_valid": (_("Valid by schema"), _("every call fits its tool's schema")),
    "fidelity": (_("Brand facts"), _("the share of what the text should hold that it holds")),
    "complete": (_("Complete"), _("texts that hold everything they should")),
    "hallucinated": (_("Foreign facts"), _("texts with another brand's facts: fewer is better")),
    "language_match": (_("Right language"), _("texts in the language that was asked for")),
    "equals_adapter": (_("Same as the adapter"), _("merged weights give the very same text")),
}
KINDS = {
    "seen_wording": _("wordings seen in training, values new"),
    "unseen_wording": _("wordings never seen"),
    "unseen_brand": _("brands never seen"),
    "unseen_topic": _("topics never seen"),
}
ARMS = {
    "base": _("Base"),
    "tuned": _("Tuned"),
    "merged": _("Merged"),
    "base_rag": _("Base, given the facts"),
    "tuned_rag": _("Tuned, given the facts"),
    "merged_rag": _("Merged, given the facts"),
}
FEWER_IS_BETTER = {"hallucinated"}


def measure_name(key: str) -> str:
    """`strict_unseen_wording` becomes "Strict match, wordings never seen"."""
    if key in MEASURES:
        return str(MEASURES[key][0])
    for kind, name in KINDS.items():
        measure = key.removesuffix(f"_{kind}")
        if measure != key and measure in MEASURES:
            return f"{MEASURES[measure][0]}, {name}"
    return words(key)


def measure_meaning(key: str) -> str:
    return str(MEASURES[key][1]) if key in MEASURES else ""


def kind_name(key: str) -> str:
    return words(str(KINDS.get(key, key)))


def arm_name(key: str) -> str:
    return str(ARMS.get(key) or words(key))
