"""The project as a whole: settings, checks, commands, migrations, sidebar."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command, get_commands, load_command_class
from django.test import RequestFactory

from aidirector import checks, navigation

ROOMS = ("background", "brands", "training", "generation", "aidirector")
OURS = sorted(name for name, app in get_commands().items() if app in ROOMS)


def manage(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command line of a fresh process, with nothing of ours in its environment but these."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("AIDIRECTOR_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=settings.BASE_DIR,
        env={**bare, "DATABASE_URL": "", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("name", OURS)
def test_every_command_says_what_it_does(name):
    command = load_command_class(get_commands()[name], name)
    text = command.create_parser("manage.py", name).format_help()
    assert command.help
    assert "--help" in text


def test_the_commands_of_this_part_of_the_house_exist():
    assert {"work", "reconcile", "serve", "doctor"} <= set(OURS)


def test_no_migration_is_missing(db):
    rooms = [config.label for config in apps.get_app_configs() if config.name in ROOMS]
    call_command("makemigrations", *rooms, check=True, dry_run=True, stdout=StringIO())


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"AIDIRECTOR_DEBUG": "maybe"}, "AIDIRECTOR_DEBUG=maybe is neither yes nor no"),
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL"),
        ({"AIDIRECTOR_LOG_LEVEL": "loud"}, "AIDIRECTOR_LOG_LEVEL"),
        ({"AIDIRECTOR_VAR": "/dev/null/var"}, "AIDIRECTOR_VAR"),
    ],
)
def test_a_wrong_environment_is_one_sentence(environment, words, tmp_path):
    answer = manage("check", **{"AIDIRECTOR_VAR": str(tmp_path), **environment})
    assert answer.returncode == 1
    assert answer.stderr.startswith("AI Director cannot start: ")
    assert words in answer.stderr
    assert "Traceback" not in answer.stderr


def test_with_https_the_deployment_check_is_clean(tmp_path):
    answer = manage("check", "--deploy", "--fail-level", "WARNING", AIDIRECTOR_VAR=str(tmp_path), AIDIRECTOR_HTTPS="1")
    assert answer.returncode == 0, answer.stderr


def test_a_var_folder_with_a_long_path_works(tmp_path):
    with tempfile.TemporaryDirectory() as short:
        var = tmp_path / ("long" * 25)
        answer = manage("check", AIDIRECTOR_VAR=str(var), TMPDIR=short)
        assert answer.returncode == 0, answer.stderr
        assert Path((var / "queue" / "socket_path").read_text().strip()).parent.parent == Path(short)


def test_checks_are_quiet_here():
    assert checks.var_is_writable() == checks.queue_socket_fits() == checks.sqlite_is_recent() == []


def test_checks_speak_up(settings, monkeypatch, tmp_path):
    settings.VAR_DIR = tmp_path / "absent"
    settings.REDIS_URL = "unix:///" + "x" * 120
    monkeypatch.setattr(checks.sqlite3, "sqlite_version_info", (3, 31, 0))
    monkeypatch.setattr(checks, "connections", FakeConnections("sqlite"))
    monkeypatch.setattr(checks, "_postgres_locale", lambda alias: "C")
    found = [
        *checks.var_is_writable(),
        *checks.queue_socket_fits(),
        *checks.sqlite_is_recent(),
        *checks.postgres_locale_knows_letters(databases=["default"]),
    ]
    numbers = ["E001", "E002", "W003", "W004"]
    assert [message.id for message in found] == [f"aidirector.{number}" for number in numbers]
    assert all(message.hint for message in found)


class FakeConnections:
    def __init__(self, vendor: str) -> None:
        self.vendor = vendor

    def all(self) -> list[FakeConnections]:
        return [self]


def test_the_locale_is_read_from_postgres_alone(db, on_postgres):
    assert (checks._postgres_locale("default") is not None) == on_postgres


def test_the_root_leads_to_the_admin(client):
    assert client.get("/").headers["Location"] == "/admin/"


def test_the_admin_speaks_thai(client, db):
    page = client.get("/admin/login/", headers={"accept-language": "th"})
    assert 'lang="th"' in page.content.decode()
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["Referrer-Policy"] == "same-origin"


def test_the_sidebar_shows_what_a_person_may_see(admin_user):
    request = RequestFactory().get("/admin/")
    request.user = AnonymousUser()
    assert navigation.sidebar(request) == []
    request.user = admin_user
    groups = {str(group["title"]): group["items"] for group in navigation.sidebar(request)}
    assert all(items for items in groups.values())
    assert "/admin/auth/user/" in [item["link"] for item in groups["People"]]


def test_the_sidebar_skips_models_that_are_not_there(admin_user, monkeypatch):
    request = RequestFactory().get("/admin/")
    request.user = admin_user
    strange = navigation.Group("Strange", (("brands.Nothing", "x"), ("contenttypes.ContentType", "x")))
    monkeypatch.setattr(navigation, "GROUPS", (strange,))
    assert navigation.sidebar(request) == []


def test_the_admin_index_opens(admin_client):
    assert admin_client.get("/admin/").status_code == 200
