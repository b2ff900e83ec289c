"""A text row of one brand, written again for another: each fact gives way to the new brand's fact of its kind.

A row is left out where the new brand lacks the fact, where something of the old brand would remain, or where the
answer would say a word the new brand bans. So what is left says true things about the new brand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

from brands.cards import FIELDS, facts_in
from training.augmenting.outcomes import LeftOut, Row
from training.recombining import any_of, exchanged
from training.scoring.fidelity import normal, occurring
from training.tasks import tidy

OWN_TEXT = LeftOut("own_text", "The row is read with a text of its own, not with the brand's card.")
NO_FACTS = LeftOut("nothing_to_exchange", "The row holds no fact of its brand's card.")
SHORTEST_WORD = 4  # letters; shorter words of a trade are everybody's
TRADE_FIELDS = ("industry", "products")
VOWELS = re.compile(r"(?i)[aeiou]")
THAI_RUN = re.compile(r"[\u0e01-\u0e4e]+")
Facts = Mapping[str, Any]


def for_brand(row: Row, old: Facts, new: Facts) -> Row | LeftOut:
    """The row with `old`'s facts replaced by `new`'s, in the row's language and without a context of its own."""
    if row["context"]:
        return OWN_TEXT
    language = row["language"] if row["language"] in ("en", "th") else "en"
    before, after = listed(old, language), listed(new, language)
    used = used_facts(row, before)
    if not used:
        return NO_FACTS
    texts: dict[str, str] = {}
    for field, place, fact in used:
        if place >= len(after[field]):
            return LeftOut("fact_lacking", f"The new brand has no {place + 1}. of its {field.replace('_', ' ')}.")
        texts |= forms(fact, after[field][place], language)
    made = exchanged(row, texts)
    return problem(made, old, new, language) or made


def listed(facts: Facts, language: str) -> dict[str, list[str]]:
    """Every fact of the card by field, in that language."""
    known = facts_in(facts, language)
    return {field: tidy([known[field]] if isinstance(known[field], str) else known[field]) for field in FIELDS}


def used_facts(row: Row, facts: Mapping[str, list[str]]) -> list[tuple[str, int, str]]:
    """The facts that the row says, as (field, place in it, text)."""
    said = normal(text_of(row))
    every = ((field, place, fact) for field, found in facts.items() for place, fact in enumerate(found))
    return [(field, place, fact) for field, place, fact in every if occurring([fact], said)]


def text_of(row: Row) -> str:
    return "\n".join(message["content"] for message in row["messages"])


def forms(old: str, new: str, language: str) -> dict[str, str]:
    """How the fact stands in a text, and what stands there instead: with a capital, and after `a` or `an`."""
    found = {old: new, capital(old): capital(new)}
    if language == "en":
        article = "an" if VOWELS.match(new) else "a"
        found |= {f"{each} {old}": f"{article} {new}" for each in ("a", "an")}
        found |= {f"{each} {old}": f"{article.capitalize()} {new}" for each in ("A", "An")}
    return found


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def problem(made: Row, old: Facts, new: Facts, language: str) -> LeftOut | None:
    """What speaks against the new row; None when nothing does."""
    own = {normal(fact) for facts in every_fact(new) for fact in facts}
    strange = [fact for facts in every_fact(old) for fact in facts if normal(fact) not in own]
    said = text_of(made)
    bare = any_of([fact for facts in every_fact(new) for fact in facts]).sub(" ", said)
    if left := occurring(strange, normal(bare)):
        return LeftOut("old_fact", f"'{left[0]}', a fact of {old['name']}, would remain.")
    if left := [word for word in trade_words(old, language) if word in normal(bare)]:
        return LeftOut("old_trade", f"'{left[0]}' speaks of what {old['name']} does.")
    answers = normal("\n".join(m["content"] for m in made["messages"] if m["role"] == "assistant"))
    if banned := occurring(new.get("banned_words") or (), answers):
        return LeftOut("banned_word", f"The answer would say '{banned[0]}', which {new['name']} bans.")
    return None


def every_fact(facts: Facts) -> Iterator[list[str]]:
    for language in ("en", "th"):
        yield from listed(facts, language).values()


def trade_words(facts: Facts, language: str) -> list[str]:
    """Words that give the brand's trade away, `normal`: those of its trade and products, in Thai what these share."""
    known = listed(facts, language)
    texts = [normal(text) for field in TRADE_FIELDS for text in known[field]]
    if language == "en":
        words = {word for text in texts for word in re.findall(r"[a-z]+", text)}
        return sorted(word for word in words if len(word) >= SHORTEST_WORD)
    trade, others = texts[0] if texts else "", [normal(text) for found in known.values() for text in found][1:]
    shared = {common(trade, text) for text in others if text != trade}
    return sorted(word for word in shared if len(word) >= SHORTEST_WORD)


def common(first: str, second: str) -> str:
    """The longest run of Thai letters that both texts hold."""
    match = SequenceMatcher(None, first, second, autojunk=False).find_longest_match()
    return max(THAI_RUN.findall(first[match.a : match.a + match.size]), key=len, default="")
