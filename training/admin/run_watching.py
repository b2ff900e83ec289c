"""Watching a run: the live part of its page, and the two ways in which a browser learns that there is a new one.

Server-sent events where the site is served by ASGI, asking again and again elsewhere. Both look at the same mark
(training/admin/run_mark.py), and what is then fetched is the same fragment.
"""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils import timezone

from brands.admin.pages import Record
from training.admin.run_mark import Look, events, look, watched

LONG = ("plan", "predicted", "preflight", "results", "traceback")  # columns that no mark is made of


class Watched(Record):
    """The addresses of a run's live part. A subclass says in `live` what stands in it."""

    def live(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What templates/admin/training/run_live.html draws; `row` is one of `run_mark.watched`."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("<uuid:pk>/live/", self.live_view, name="training_trainingrun_live"),
            path("<uuid:pk>/events/", self.events_view, name="training_trainingrun_events"),
        ]
        return [*own, *super().get_urls()]

    def live_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """The live part as a fragment; nothing (204) when what the browser shows is still so."""
        if not self.admin_site.has_permission(request):
            return HttpResponse(headers={"HX-Refresh": "true"})  # signed out: reload, which leads to the login
        seen = self.seen(request, pk)
        if seen is None:
            raise Http404
        if request.GET.get("mark") == seen.mark:
            return HttpResponse(status=204)
        run = watched(self.get_queryset(request)).get(pk=pk)
        context = {"page": self.live(request, run), "is_fragment": True}
        response = HttpResponse(render_to_string("admin/training/run_live.html", context, request))
        response["Cache-Control"] = "no-store"
        return response

    async def events_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
        """The marks as server-sent events. Under WSGI a stream would hold a thread: 204 tells the browser to ask."""
        if not isinstance(request, ASGIRequest):
            return HttpResponse(status=204)
        looked = sync_to_async(partial(self.looked, request, pk))
        if await looked() is None:
            return HttpResponse(status=404)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingHttpResponse(events(looked), content_type="text/event-stream", headers=headers)

    def looked(self, request: HttpRequest, pk: uuid.UUID) -> Look | None:
        """The run's mark for as long as this person may see it. Keeps no connection to the database between looks."""
        try:
            return self.seen(request, pk) if self.admin_site.has_permission(request) else None
        finally:
            if not connection.in_atomic_block:
                connection.close()

    def seen(self, request: HttpRequest, pk: uuid.UUID) -> Look | None:
        """The run's mark, or None for who may not see the run."""
        runs = self.get_queryset(request).select_related(None).defer(*LONG)
        run = watched(runs).filter(pk=pk).first()
        return look(run, timezone.now()) if run and self.has_view_permission(request, run) else None
