"""Mending on the admin's pages: which findings are asked for, and rows before and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from training.admin.conversation import typed
from training.admin.review import plain_text
from training.diffs import diff, shortened
from training.row_checks import CODES
from training.row_checks.cures import CURES
from training.row_checks.showing import visible
from training.services.mending import Mend

FIELDS = ("messages", "context", "tools", "expected")


def wanted_codes(request: HttpRequest) -> list[str]:
    """The finding that the list is filtered by, if it can be mended; otherwise all that can."""
    code = request.GET.get("finding", "")
    return [code] if code in CURES else [*CURES]


def titles(codes: list[str]) -> list[str]:
    return [CODES[code][1] for code in codes]


def mend_sample(found: Mend) -> dict[str, Any]:
    """A row before and after, with the signs that nobody sees named."""
    before = {name: getattr(found.example, name) for name in FIELDS}
    return {
        "example": found.example,
        "titles": titles(found.codes),
        "parts": shortened(diff(row_text(before), row_text(before | found.columns))),
    }


def row_text(columns: Mapping[str, Any]) -> str:
    context, tools, expected = (columns[name] for name in FIELDS[1:])
    texts = (context, plain_text(columns["messages"]), typed(expected) if expected else "")
    return visible("\n\n".join(text for text in (*texts, typed(tools) if tools else "") if text))


def say_mended(request: HttpRequest, told: Mapping[str, Any]) -> None:
    text = ngettext("%(count)s example mended.", "%(count)s examples mended.", told["mended"])
    text %= {"count": told["mended"]}
    if told["left"]:
        text += " " + ngettext(
            "%(count)s stays for a person to mend.", "%(count)s stay for a person to mend.", told["left"]
        ) % {"count": told["left"]}
    messages.add_message(request, messages.SUCCESS if told["mended"] else messages.WARNING, text)
    for each in told["refused"][:3]:
        messages.warning(request, _("Example %(example)s: %(reason)s") % each)
