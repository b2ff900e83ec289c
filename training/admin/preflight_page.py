"""What a run's page says about its preflight: each check with its evidence, and a way past warnings with a reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from background.errors import QueueUnavailable
from training.errors import OverrideRefused
from training.preflight import FAILED, PASSED, SKIPPED, WARNING, overall
from training.preflight.mask import CLOSE, OPEN
from training.services.preflight import is_held_back, let_start, was_let_pass

WORDS: dict[str, tuple[Any, str, str]] = {
    FAILED: (_l("failed"), "cancel", "negative"),
    WARNING: (_l("warning"), "warning", "caution"),
    PASSED: (_l("passed"), "check_circle", "positive"),
    SKIPPED: (_l("skipped"), "do_not_disturb_on", "quiet"),
}
GRAVE: tuple[str, ...] = (FAILED, WARNING)
MARKED = re.compile(f"({OPEN}[^{CLOSE}]*{CLOSE})")


@dataclass(frozen=True)
class CheckView:
    """`lead` is said in words; `text` is evidence to the letter, as (piece, trained on)."""

    title: str
    badge: str
    tone: str
    lead: str
    text: tuple[tuple[str, bool], ...]
    cure: str


def preflight_view(run: Any) -> dict[str, Any] | None:
    """What the template draws; None before the run was examined."""
    found = [check for check in run.preflight if isinstance(check, Mapping)] if isinstance(run.preflight, list) else []
    if not found:
        return None
    views = [(str(check.get("verdict")), check_view(check)) for check in found]
    grave = sorted((each for each in views if each[0] in GRAVE), key=lambda each: GRAVE.index(each[0]))
    return {
        "sentence": sentence([verdict for verdict, _view in views]),
        "grave": [view for _verdict, view in grave],
        "others": [view for verdict, view in views if verdict not in GRAVE],
        "waits": is_held_back(run),
        "failed": overall(found) == FAILED,
        "let_reason": run.override_reason if overall(found) == WARNING else "",
        "let_by": run.overridden_by if was_let_pass(run) else None,
    }


def check_view(check: Mapping[str, Any]) -> CheckView:
    word, shape, tone = WORDS.get(str(check.get("verdict")), WORDS[SKIPPED])
    lead, _line, rest = str(check.get("evidence") or "").partition("\n")
    pieces = ((piece, bool(MARKED.fullmatch(piece))) for piece in MARKED.split(rest.strip("\n")) if piece)
    return CheckView(
        title=str(check.get("title") or check.get("check") or ""),
        badge=render_to_string("admin/pieces/badge.html", {"shape": shape, "tone": tone, "word": word}),
        tone=tone,
        lead=lead,
        text=tuple(pieces),
        cure=str(check.get("cure") or ""),
    )


def sentence(verdicts: list[str]) -> str:
    """As in "1 check failed, 2 warnings, 7 passed." """
    failed, warned, passed = (verdicts.count(word) for word in (FAILED, WARNING, PASSED))
    parts = []
    if failed:
        parts.append(ngettext("%(count)s check failed", "%(count)s checks failed", failed) % {"count": failed})
    if warned:
        parts.append(ngettext("%(count)s warning", "%(count)s warnings", warned) % {"count": warned})
    parts.append(ngettext("%(count)s check passed", "%(count)s checks passed", passed) % {"count": passed})
    return ", ".join(parts) + "."


def start_all_the_same(page: Any, request: HttpRequest, run: Any) -> None:
    """Let the run start in spite of its warnings with the reason that was typed; `page` is its admin."""
    try:
        let_start(run=run, user=request.user, reason=request.POST.get("reason", ""))
        page.message_user(request, _("The run may start: it waits for a worker."), messages.SUCCESS)
    except OverrideRefused as problem:
        page.message_user(request, str(problem), messages.ERROR)
    except QueueUnavailable as problem:  # the run is saved all the same
        page.message_user(request, str(problem), messages.WARNING)
