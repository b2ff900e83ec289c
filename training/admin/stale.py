"""What pages say about something that learned a tool which has changed since."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def stale_badge(names: Any) -> SafeString | str:
    """ "stale: play_song", as a word and a shape; nothing where no tool is stale."""
    stale = stale_names(names)
    if not stale:
        return ""
    word = _("stale: %(tools)s") % {"tools": ", ".join(stale[:3]) + (" …" if len(stale) > 3 else "")}
    return render_to_string("admin/pieces/badge.html", {"shape": "history", "tone": "caution", "word": word})


def stale_sentence(names: Any) -> str:
    """Which tools changed, for what was trained on a frozen version with older declarations."""
    stale = stale_names(names)
    if not stale:
        return ""
    said = ngettext(
        "The tool %(tools)s has changed since the rows were frozen: what was trained on them calls the old one.",
        "The tools %(tools)s have changed since the rows were frozen: what was trained on them calls the old ones.",
        len(stale),
    )
    return said % {"tools": ", ".join(stale)}


def stale_cure(promoted: bool) -> str:
    if promoted:
        return _("It is at work now. Migrate the rows, freeze the dataset and train a new version to take over.")
    return _("Migrate the rows on the tool's page, then freeze the dataset and train again.")


def stale_names(names: Any) -> list[str]:
    return [str(name) for name in names] if isinstance(names, list) else []


def stale_page(names: Any, promoted: bool = False) -> dict[str, Any] | None:
    """What the template of a run or a model draws; None where no tool is stale."""
    if not stale_names(names):
        return None
    return {"badge": stale_badge(names), "sentence": stale_sentence(names), "cure": stale_cure(promoted)}
