"""What a model is asked to suggest for a row, and what its answer is worth: nothing of it is taken on trust."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from training.augmenting.held_out import HeldOut
from training.augmenting.marks import request, spoken
from training.augmenting.outcomes import Attempts, LeftOut, Row
from training.errors import UnreadableRow
from training.formats import reader
from training.formats.fields import read_json
from training.recombining import call_slots
from training.scoring.fidelity import normal, occurring

ROWS_AN_ANSWER = 4
FENCED = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)
INSTRUCTION = (
    "You write training rows for a small language model. You are given one row and answer with a JSON object"
    ' {"rows": [...]} and nothing else. Each of its rows is {"messages": [...]} with the same roles in the same order,'
    " in the same language, worded differently and about something else of the same kind. Calls use the tools of the"
    " row only, arguments are objects, and every text argument stands word for word in the request."
)
FACTS = "Say nothing of the brand that its card does not say, and copy what you take from it word for word.\n\n"


def question(row: Row, card: str, count: int) -> list[dict[str, str]]:
    """The messages that ask for `count` rows like this one; `card` is its brand's, or empty."""
    shown = {"language": row["language"], "tools": row["tools"], "messages": row["messages"]}
    asked = f"{FACTS}{card}\n\n" if card else ""
    asked += f"Write {count} rows like this one:\n{json.dumps(shown, ensure_ascii=False)}"
    return [{"role": "system", "content": INSTRUCTION}, {"role": "user", "content": asked}]


def suggested(answer: str, row: Row, name: str, held_out: HeldOut) -> Attempts:
    """The rows in a model's answer, or why they are none; `name` is that of the row's brand, or empty."""
    try:
        found = rows_in(answer)
    except UnreadableRow as problem:
        yield LeftOut("unreadable", f"The model's answer cannot be read. {problem}")
        return
    for each in found:
        try:
            made = read(each, row)
        except UnreadableRow as problem:
            yield LeftOut("unreadable", str(problem))
            continue
        yield complaint(made, row, name, held_out) or made


def rows_in(answer: str) -> list[Any]:
    """The list of rows that the answer holds, alone, fenced, or within other words."""
    fenced = FENCED.search(answer)
    text = fenced[1] if fenced else answer
    start, end = text.find("{"), text.rfind("}")
    found = read_json(text[start : end + 1] if start >= 0 else text, "answer")
    rows = found.get("rows") if isinstance(found, Mapping) else None
    if not isinstance(rows, list):
        raise UnreadableRow("It holds no list of rows.", "rows")
    return rows[: 2 * ROWS_AN_ANSWER]


def read(each: Any, row: Row) -> Row:
    """One row of the answer in the canonical shape, with the tools and the language of the row it was asked for."""
    if not isinstance(each, Mapping):
        raise UnreadableRow("A row of the answer is no object.", "rows")
    [found] = reader("openai")({"messages": each.get("messages"), "tools": row["tools"]})
    if [m["role"] for m in found.messages] != [m["role"] for m in row["messages"]]:
        raise UnreadableRow("The row has other roles than the one it was made from.", "messages")
    return row | {"messages": found.messages}


def complaint(made: Row, row: Row, name: str, held_out: HeldOut) -> LeftOut | None:
    """What speaks against a row that a model suggests; None when nothing does."""
    if normal(request(made)) == normal(request(row)):
        return LeftOut("same_request", "The model repeated the request.")
    said = normal("\n".join(m["content"] for m in made["messages"] if m["role"] == "assistant"))
    if name and not occurring([name], said):
        return LeftOut("brand_missing", f"The answer does not name {name}.")
    asked = request(made)
    absent = [each.text for each in spoken(made) if not each.is_choice and each.text not in asked]
    before = request(row)
    if absent and all(each.is_choice or each.text in before for each in spoken(row)):
        return LeftOut("argument_lost", f"The value '{absent[0]}' is not in the request.")
    if told := [slot.text for slot in call_slots(made) if held_out.says(slot.text)]:
        return LeftOut("held_out_value", f"The value '{told[0]}' occurs in a held-out row.")
    return LeftOut("held_out_wording", "A held-out row asks in that wording.") if held_out.asks(made) else None
