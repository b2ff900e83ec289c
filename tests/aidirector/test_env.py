"""The environment is read once, and a wrong value is refused in one sentence."""

from __future__ import annotations

import os
import stat

import pytest
from django.core.exceptions import ImproperlyConfigured

from aidirector import env
from aidirector.database import SQLITE_OPTIONS, database
from aidirector.logging_config import logging_config
from aidirector.queue_address import PATH_LIMIT, socket_path
from aidirector.secret_key import secret_key


@pytest.mark.parametrize(
    ("value", "answer"), [("1", True), ("Yes", True), ("0", False), ("off", False), ("", None), (None, None)]
)
@pytest.mark.parametrize("default", [True, False])
def test_a_flag(monkeypatch, value, answer, default):
    monkeypatch.delenv("X_FLAG", raising=False)
    if value is not None:
        monkeypatch.setenv("X_FLAG", value)
    assert env.flag("X_FLAG", default=default) is (default if answer is None else answer)


def test_a_flag_that_is_neither(monkeypatch):
    monkeypatch.setenv("X_FLAG", "maybe")
    with pytest.raises(ImproperlyConfigured, match="X_FLAG=maybe is neither yes nor no"):
        env.flag("X_FLAG")


def test_names(monkeypatch):
    monkeypatch.setenv("X_NAMES", " a.example, ,b.example ")
    assert env.names("X_NAMES") == ["a.example", "b.example"]
    assert env.names("X_ABSENT", ("localhost",)) == ["localhost"]


def test_a_folder_is_made(monkeypatch, tmp_path):
    monkeypatch.setenv("X_FOLDER", str(tmp_path / "a" / "b"))
    assert env.folder("X_FOLDER", tmp_path).is_dir()


def test_a_folder_that_cannot_be_made(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("X_FOLDER", str(tmp_path / "file" / "b"))
    with pytest.raises(ImproperlyConfigured, match="Set X_FOLDER to a folder you may write in"):
        env.folder("X_FOLDER", tmp_path)


def test_the_secret_key_is_made_once_and_is_private(tmp_path):
    key = secret_key(tmp_path, "")
    assert len(key) > 50
    assert secret_key(tmp_path, "") == key
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_the_secret_key_of_the_environment_is_not_written_down(tmp_path):
    assert secret_key(tmp_path, "given") == "given"
    assert list(tmp_path.iterdir()) == []


def test_of_two_first_starts_both_have_one_key(tmp_path, monkeypatch):
    from aidirector import secret_key as room

    create = room._create

    def while_another_is_faster(path):
        monkeypatch.setattr(room, "_create", create)
        path.write_text("the other's key")
        create(path)

    monkeypatch.setattr(room, "_create", while_another_is_faster)
    assert secret_key(tmp_path, "") == "the other's key"


def test_an_empty_or_unreadable_secret_key(tmp_path):
    (tmp_path / "secret_key").touch()
    with pytest.raises(ImproperlyConfigured, match="is empty"):
        secret_key(tmp_path, "")
    with pytest.raises(ImproperlyConfigured, match="AIDIRECTOR_SECRET_KEY"):
        secret_key(tmp_path / "absent", "")


def test_sqlite_is_the_default(tmp_path):
    config = database("", tmp_path)
    assert (config["NAME"], config["OPTIONS"]) == (str(tmp_path / "aidirector.sqlite3"), SQLITE_OPTIONS)


def test_sqlite_by_url_gets_the_same_options(tmp_path):
    assert database(f"sqlite:///{tmp_path}/x.sqlite3", tmp_path)["OPTIONS"] == SQLITE_OPTIONS


def test_postgres_by_url(tmp_path):
    config = database("postgres://me:secret@db.example:5433/brands", tmp_path)
    assert (config["HOST"], config["PORT"], config["NAME"]) == ("db.example", 5433, "brands")
    assert config["CONN_HEALTH_CHECKS"]


@pytest.mark.parametrize("url", ["nonsense", "postgres://me:secret@host:notaport/x", "mysql://me@host/x"])
def test_another_url_is_refused_without_showing_a_password(tmp_path, url):
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL") as refused:
        database(url, tmp_path)
    assert "secret" not in str(refused.value)


def test_an_unknown_log_level():
    assert logging_config("INFO")["loggers"]["training"]["level"] == "INFO"
    with pytest.raises(ImproperlyConfigured, match="AIDIRECTOR_LOG_LEVEL=LOUD"):
        logging_config("LOUD")


def test_a_short_var_folder_holds_the_socket(tmp_path):
    assert socket_path(tmp_path) == tmp_path / "queue" / "redis.sock"


def test_a_long_var_folder_gets_a_short_private_socket_and_keeps_it(tmp_path, monkeypatch):
    var = tmp_path / ("long" * 25)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    path = socket_path(var)
    assert len(os.fsencode(path)) < PATH_LIMIT or len(os.fsencode(tmp_path)) > 60
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    monkeypatch.setattr("tempfile.gettempdir", lambda: "/nowhere")
    assert socket_path(var) == path


def test_a_socket_folder_laid_out_by_somebody_is_refused(tmp_path, monkeypatch):
    var = tmp_path / ("long" * 25)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    socket_path(var).parent.chmod(0o777)
    with pytest.raises(ImproperlyConfigured, match="open to others"):
        socket_path(var)
