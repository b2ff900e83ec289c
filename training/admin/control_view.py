"""The control arm beside the last stage of a run: which of the two is better, and whether that can be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from brands.admin.pieces import link, percent, state_badge
from training.admin.dot_plot import apart, dot
from training.admin.gate_view import DotRow, is_figure
from training.models import Stage, TrainingRun


@dataclass(frozen=True)
class Control:
    """The control arm beside the last stage; without figures yet where it is still at it."""

    link: str
    badge: str
    sentence: str
    dots: tuple[DotRow, ...]


def control_view(run: TrainingRun, stages: Sequence[Stage]) -> Control | None:
    """What learning all tools at once, in as many steps, came to; None for a run without a control arm."""
    arm = TrainingRun.objects.filter(control_of=run).first()
    if arm is None:
        return None
    ours, theirs = strict_of(stages[-1] if stages else None), strict_of(arm.stages.order_by("-number").first())
    if ours is None or theirs is None:
        return Control(link(arm), state_badge(arm), _("It was not measured yet."), ())
    dots = (DotRow(dot(_("In stages"), ours, 1.0), "last"), DotRow(dot(_("All at once"), theirs, 1.0)))
    return Control(link(arm), state_badge(arm), which_is_better(ours, theirs), dots)


def strict_of(stage: Stage | None) -> Mapping[str, Any] | None:
    """The judged figure of a stage that was measured."""
    figure = stage.gate.get("strict") if stage and isinstance(stage.gate, Mapping) else None
    return figure if is_figure(figure) else None


def which_is_better(stages: Mapping[str, Any], at_once: Mapping[str, Any]) -> str:
    """Also when the control arm won: it is a result."""
    texts = {"stages": percent(stages["value"]), "once": percent(at_once["value"]), "n": int(stages["n"])}
    if stages["value"] == at_once["value"]:
        return _("In stages and all at once are level: both were right in %(stages)s.") % texts
    if not apart(stages, at_once):
        ahead = stages["value"] > at_once["value"]
        said = (
            _("In stages it was right in %(stages)s, all at once in %(once)s: a little better in stages, but")
            if ahead
            else _("All at once it was right in %(once)s, in stages in %(stages)s: a little better at once, but")
        )
        return f"{said} {_('with %(n)s requests the difference cannot be told: the intervals overlap.')}" % texts
    if stages["value"] > at_once["value"]:
        return (
            _("Learning in stages is better: %(stages)s were right, %(once)s all at once. The intervals keep apart.")
            % texts
        )
    return (
        _(
            "Learning all at once is better: %(once)s were right, %(stages)s in stages. The intervals keep apart,"
            " so this curriculum cost more than it gave."
        )
        % texts
    )
