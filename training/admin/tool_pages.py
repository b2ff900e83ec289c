"""Two pages about tools: importing declarations after a look at what would happen, and migrating rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext, ngettext_lazy
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from background.errors import ProblemError
from brands.admin.pieces import address, badge, link, list_address
from brands.models import Team
from training.admin.conversation import declared_names
from training.admin.review import plain_text
from training.diffs import diff, shortened
from training.models import Example, Tool
from training.services.tool_migration import Preview, find_tool, migrate, preview
from training.services.tools import CHANGED, NEW, SAME, Compared, compared, keep_tools
from training.tool_import import MOST_CHARACTERS, read_tools, tool_text
from training.tool_schemas import properties

OUTCOMES = {NEW: ("draft", _l("new")), SAME: ("passed", _l("unchanged")), CHANGED: ("in_review", _l("changed"))}
COUNTS = {
    "migrated": ngettext_lazy("%(count)s row migrated.", "%(count)s rows migrated.", "count"),
    "in_review": ngettext_lazy(
        "%(count)s of them is in review again: the checks found an error.",
        "%(count)s of them are in review again: the checks found errors.",
        "count",
    ),
    "people": ngettext_lazy("%(count)s needs a person.", "%(count)s need a person.", "count"),
    "duplicate": ngettext_lazy(
        "%(count)s stayed as it was: its dataset has the same row already.",
        "%(count)s stayed as they were: their datasets have the same rows already.",
        "count",
    ),
}
REASONS = 6
AT_ONCE = 2_000  # rows one click migrates: each is checked again, and a person waits
RENAME = "rename-"  # in front of an argument's old name


class ImportForm(forms.Form):
    team = forms.ModelChoiceField(Team.objects.none(), label=_l("Team"), widget=UnfoldAdminSelectWidget)
    text = forms.CharField(
        label=_l("Declarations"),
        required=False,
        strip=False,
        help_text=_l("OpenAI JSON, a JSON Schema, or Python functions, which are read and never executed."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 14, "class": "json-text", "spellcheck": "false"}),
    )
    file = forms.FileField(label=_l("Or a file"), required=False, widget=UnfoldAdminFileFieldWidget)

    def __init__(self, teams: Any, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["team"]
        field.queryset = teams
        if len(found := list(teams[:2])) == 1:
            field.initial, field.widget = found[0], forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        """With the `declarations` in the file or, without one, in the text."""
        cleaned = super().clean() or {}
        try:
            if file := cleaned.get("file"):
                cleaned["text"] = tool_text(file.read(4 * MOST_CHARACTERS + 1))
            cleaned["declarations"] = read_tools(cleaned.get("text") or "")
        except ProblemError as problem:
            raise forms.ValidationError(str(problem)) from problem
        return cleaned


def import_page(request: HttpRequest, admin: Any) -> HttpResponse:
    """GET asks for declarations; POST shows what would become of them, and keeps them once that was seen."""
    if not admin.has_add_permission(request):
        raise PermissionDenied
    teams = admin.choices_of(Team, request)
    form = ImportForm(teams, request.POST or None, request.FILES or None)
    found: list[Compared] = []
    if request.method == "POST" and form.is_valid():
        team, declarations = form.cleaned_data["team"], form.cleaned_data["declarations"]
        if "keep" in request.POST and not request.FILES:
            return kept(request, keep_tools(team=team, declarations=declarations))
        found = compared(team=team, declarations=declarations)
        form = ImportForm(teams, initial={"team": team, "text": form.cleaned_data["text"]})
    context = {
        **admin.admin_site.each_context(request),
        "opts": Tool._meta,
        "title": _("Import tools"),
        "form": form,
        "found": [import_row(each) for each in found],
        "fresh": sum(each.outcome != SAME for each in found),
    }
    return TemplateResponse(request, "admin/training/tool_import.html", context)


def import_row(found: Compared) -> dict[str, Any]:
    shape, word = OUTCOMES[found.outcome]
    return {
        "name": found.name,
        "version": found.version,
        "badge": badge(shape, word),
        "description": found.schema["function"].get("description") or "",
        "arguments": list(properties(found.schema)),
        "changes": found.changes,
    }


def kept(request: HttpRequest, found: list[Compared]) -> HttpResponse:
    fresh = [f"{each.name} v{each.version}" for each in found if each.outcome != SAME]
    if fresh:
        text = ngettext("%(count)s tool kept: %(names)s.", "%(count)s tools kept: %(names)s.", len(fresh))
        messages.success(request, text % {"count": len(fresh), "names": ", ".join(fresh[:12])})
    else:
        messages.info(request, _("Nothing is new: every declaration is the current one already."))
    return HttpResponseRedirect(list_address(Tool))


def migrate_page(request: HttpRequest, admin: Any, tool: Tool) -> HttpResponse:
    """GET shows what a migration to the tool's current version would do; POST does it."""
    if not admin.has_change_permission(request, tool):
        raise Http404
    tool = find_tool(team=tool.team, name=tool.name)
    asked = request.POST if request.method == "POST" else request.GET
    renames = {key.removeprefix(RENAME): asked[key] for key in asked if key.startswith(RENAME)}
    try:
        if request.method == "POST":
            return done(request, tool, migrate(tool=tool, renames=renames, user=request.user, most=AT_ONCE))
        seen = preview(tool=tool, renames=renames)
    except ProblemError as problem:
        messages.error(request, str(problem))
        return HttpResponseRedirect(reverse("admin:training_tool_migrate", args=[tool.pk]))
    context = {
        **admin.admin_site.each_context(request),
        "opts": Tool._meta,
        "title": _("Migrate rows"),
        "page": preview_page(seen, renames),
    }
    return TemplateResponse(request, "admin/training/tool_migrate.html", context)


def preview_page(seen: Preview, renames: Mapping[str, str]) -> dict[str, Any]:
    named = {*seen.arguments.values()}
    now = [name for name in properties(seen.tool.schema) if name in named or name not in seen.kept]
    return {
        "tool": seen.tool,
        "link": link(seen.tool),
        "mechanical": seen.mechanical,
        "now": min(seen.mechanical, AT_ONCE),
        "later": max(0, seen.mechanical - AT_ONCE),
        "people": seen.people,
        "changes": seen.changes.values(),
        "reasons": (shown := seen.reasons.most_common(REASONS)),
        "more_reasons": seen.people - sum(rows for _reason, rows in shown),
        "arguments": [
            {"field": f"{RENAME}{old}", "old": old, "chosen": new, "choices": now}
            for old, new in seen.arguments.items()
            if now
        ],
        "renames": {f"{RENAME}{old}": new for old, new in renames.items()},
        "samples": [sample(example, columns) for example, columns in seen.samples],
        "stale_address": list_address(Example, finding="stale_tool"),
    }


def sample(example: Example, columns: Mapping[str, Any]) -> dict[str, Any]:
    """A row before and after; the declaration alone where its calls stay as they are."""
    before, after = (
        spoken(example.messages, example.expected),
        spoken(columns.get("messages", example.messages), columns.get("expected", example.expected)),
    )
    return {
        "link": format_html('<a class="plain-link" href="{}">{}</a>', address(example), row_name(example)),
        "language": example.language,
        "parts": shortened(diff(before, after)),
        "same": before == after,
        "tools": declared_names(example.tools),
    }


def row_name(example: Example) -> str:
    return _("Row %(number)s") % {"number": example.pk}


def spoken(messages: Any, expected: Any) -> str:
    """The conversation as one text, the calls that a right answer holds at its end."""
    asked = expected.get("calls") if isinstance(expected, Mapping) else None
    return plain_text([*messages, {"role": "assistant", "content": "", "tool_calls": asked}] if asked else messages)


def done(request: HttpRequest, tool: Tool, counts: Mapping[str, int]) -> HttpResponse:
    """Say what was done, in one message, and show the tool."""
    told = [words % {"count": counts[name]} for name, words in COUNTS.items() if counts[name] or name == "migrated"]
    messages.add_message(request, messages.SUCCESS if counts["migrated"] else messages.WARNING, " ".join(told))
    return HttpResponseRedirect(address(tool))
