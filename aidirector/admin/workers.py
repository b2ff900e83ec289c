"""The Workers page: who works where at what, and starting, stopping and draining them.

Members of any team see it, with the jobs of their own teams; superusers give orders.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from background import workers
from background.errors import ProblemError, QueueUnavailable
from background.queue import all_job_classes
from background.workers import WorkerNews
from brands.admin.pieces import badge, link
from brands.admin.scope import is_superuser, memberships
from brands.models import TeamQuerySet

WORDS = {
    workers.IDLE: ("waiting", _l("idle")),
    workers.WORKING: ("running", _l("working")),
    workers.DRAINING: ("cancelled", _l("draining")),
    workers.DRAINED: ("archived", _l("drained")),
    workers.SILENT: ("failed", _l("silent")),
}
DRAIN = "drain"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Row:
    """A worker as the page shows it."""

    news: WorkerNews
    badge: SafeString
    job: Any
    step: str
    memory: str
    can_drain: bool

    @property
    def seconds(self) -> int:
        return round(self.news.age)


@dataclass
class Machine:
    """A machine: its workers, and the queues its supervisor keeps workers of."""

    name: str
    rows: list[Row] = field(default_factory=list)
    queues: list[dict[str, Any]] = field(default_factory=list)


def may_see(request: HttpRequest) -> bool:
    return is_superuser(request) or bool(memberships(request))


def workers_page(request: HttpRequest) -> HttpResponse:
    """GET shows the workers; POST gives an order and comes back. With ?part=1 only what renews itself."""
    if not may_see(request):
        raise PermissionDenied
    if request.method == "POST":
        return ordered(request)
    context = {
        **admin.site.each_context(request),
        "title": _("Workers"),
        "page": page(request),
        "address": reverse("workers"),
    }
    name = "workers_live" if "part" in request.GET else "workers"
    return TemplateResponse(request, f"admin/workers/{name}.html", context)


def page(request: HttpRequest) -> dict[str, Any]:
    """What the template draws; only a sentence when the queue is away."""
    try:
        news, supervised = workers.all_workers(), workers.all_machines()
    except QueueUnavailable as problem:
        return {"problem": str(problem)}
    jobs, commands = jobs_of(request, news), is_superuser(request)
    found = {name: Machine(name) for name in sorted({each.machine for each in news} | {m.name for m in supervised})}
    for each in news:
        found[each.machine].rows.append(row(each, jobs, commands))
    for machine in supervised:
        found[machine.name].queues = [queue_row(name, counts) for name, counts in machine.queues.items()]
    return {"sentence": sentence(news), "machines": list(found.values()), "commands": commands}


def sentence(news: list[WorkerNews]) -> str:
    """The page in one sentence."""
    there = [each for each in news if each.shown_state not in {workers.SILENT, workers.DRAINED}]
    if not there:
        return _("No worker is running: jobs wait until one is started.")
    busy = sum(bool(each.job) for each in there)
    said = ngettext("%(count)s worker, %(busy)s at work.", "%(count)s workers, %(busy)s at work.", len(there))
    silent = sum(each.is_silent for each in news)
    more = ngettext("%(count)s has fallen silent.", "%(count)s have fallen silent.", silent) % {"count": silent}
    return said % {"count": len(there), "busy": busy} + (f" {more}" if silent else "")


def row(news: WorkerNews, jobs: dict[str, Model], commands: bool) -> Row:
    key, word = WORDS[news.shown_state]
    job = jobs.get(news.job)
    return Row(
        news=news,
        badge=badge(key, word),
        job=link(job) if job is not None else (_("a job of another team") if news.job else ""),
        step=str(getattr(job, "step", "")),
        memory=memory(news),
        can_drain=commands and news.state in {workers.IDLE, workers.WORKING} and not news.is_silent,
    )


def memory(news: WorkerNews) -> str:
    """Used and total, and of what."""
    if not news.memory_total:
        return "—"
    said = _("%(used)s of %(total)s (GPU)") if news.holds_gpu else _("%(used)s of %(total)s")
    return said % {"used": filesizeformat(news.memory_used), "total": filesizeformat(news.memory_total)}


def queue_row(name: str, counts: Any) -> dict[str, Any]:
    return {"name": name, **counts, "can_stop": counts["wanted"] > 0, "can_start": counts["alive"] < counts["all"]}


def jobs_of(request: HttpRequest, news: Iterable[WorkerNews]) -> dict[str, Model]:
    """The rows the workers are at, as far as the person may see them."""
    keys = {each.job for each in news if is_uuid(each.job)}
    found: dict[str, Model] = {}
    for row_class in all_job_classes() if keys else []:
        rows = row_class._default_manager.filter(pk__in=keys)
        if isinstance(rows, TeamQuerySet):
            rows = rows.visible_to(request.user)
        elif not is_superuser(request):
            continue
        if admin.site.is_registered(row_class):
            found |= {str(each.pk): each for each in rows}
    return found


def is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def ordered(request: HttpRequest) -> HttpResponse:
    """Give the order in the form, and say what follows from it."""
    if not is_superuser(request):
        raise PermissionDenied
    what = request.POST.get("order", "")
    try:
        said = drained(request.POST.get("worker", "")) if what == DRAIN else started_or_stopped(what, request.POST)
    except ProblemError as problem:
        messages.error(request, str(problem))
    except ValueError as problem:
        raise BadRequest(str(problem)) from problem
    else:
        logger.info("%s ordered: %s %s", request.user, what, dict(request.POST.items()).get("worker") or said)
        messages.success(request, said)
    return HttpResponseRedirect(reverse("workers"))


def drained(name: str) -> str:
    news = workers.drain(name)
    if news.job:
        return _("%(worker)s finishes its job, takes no other and leaves.") % {"worker": name}
    return _("%(worker)s takes no job any more and leaves.") % {"worker": name}


def started_or_stopped(what: str, form: Any) -> str:
    machine, queue = form.get("machine", ""), form.get("queue", "")
    workers.order(what, machine=machine, queue=queue)
    if what == workers.START:
        said = _("The workers of %(queue)s are started on %(machine)s.")
    else:
        said = _("The workers of %(queue)s are stopped on %(machine)s; a running job goes back to its queue.")
    return said % {"queue": queue, "machine": machine}
