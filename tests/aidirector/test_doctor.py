"""The doctor: it sees what is there, names a cure for what is not, and fails on real problems alone."""

from __future__ import annotations

import importlib.util
import json
import os
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from aidirector.doctor import examine, machine, services
from aidirector.doctor.finding import Finding, Level


def run(monkeypatch, *findings: Finding, json: bool = False) -> None:
    monkeypatch.setattr("aidirector.management.commands.doctor.examine", lambda: list(findings))
    call_command("doctor", json=json)


def test_the_whole_examination(db):
    found = {finding.name: finding for finding in examine.examine()}
    assert {"database", "queue", "disk", "starters", "torch"} <= set(found)
    assert all(finding.cure for finding in found.values() if finding.level == Level.PROBLEM)
    if importlib.util.find_spec("torch"):
        assert "float32" in found["dtypes"].facts["dtypes"]


def test_notes_are_no_failure(monkeypatch, capsys):
    run(monkeypatch, Finding("gpu", Level.NOTE, "No GPU.", "Use another machine."))
    assert "No GPU." in capsys.readouterr().out


def test_a_problem_is_a_failure_also_in_json(monkeypatch, capsys):
    with pytest.raises(CommandError, match="1 problem to cure"):
        run(monkeypatch, Finding("disk", Level.PROBLEM, "Full.", "Delete."), json=True)
    report = json.loads(capsys.readouterr().out)
    assert report == {
        "ok": False,
        "findings": [{"name": "disk", "level": "problem", "sentence": "Full.", "cure": "Delete.", "facts": {}}],
    }


@pytest.mark.parametrize(("free", "level"), [(0.2, "problem"), (5, "note"), (50, "ok")])
def test_disk_space(monkeypatch, free, level):
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: SimpleNamespace(free=free * 2**30))
    assert machine.disk_finding().level == level


PARTS = {"transformers": "5", "peft": "1", "trl": "1", "bitsandbytes": None}
CPU = {"torch": "2", "device": "cpu", "gpus": [], "dtypes": ["float32"], "parts": PARTS}


@pytest.mark.parametrize(
    ("facts", "driver", "expected"),
    [
        (None, [], {"torch": "problem"}),
        ({"torch": None, "parts": PARTS}, ["H200"], {"torch": "note", "gpu": "note"}),
        (CPU, [], {"torch": "ok", "gpu": "note", "bitsandbytes": "note"}),
        (CPU, ["H200"], {"torch": "ok", "gpu": "problem"}),
        (CPU | {"device": "mps"}, [], {"gpu": "ok"}),
        (CPU | {"gpus": [{"name": "H200", "memory_gib": 139.0}]}, ["H200"], {"gpu": "ok"}),
        (CPU | {"parts": PARTS | {"trl": None}}, [], {"torch": "problem"}),
        (CPU | {"parts": PARTS | {"bitsandbytes": "1"}}, [], {"bitsandbytes": "ok"}),
    ],
)
def test_devices(monkeypatch, facts, driver, expected):
    monkeypatch.setattr(machine, "_probe", lambda: facts)
    monkeypatch.setattr(machine, "gpu_names", lambda: driver)
    found = {finding.name: finding.level for finding in machine.device_findings()}
    assert expected.items() <= found.items()


def test_gpu_names_come_from_the_driver(monkeypatch, tmp_path):
    driver = tmp_path / "nvidia-smi"
    driver.write_text("#!/bin/sh\necho 'NVIDIA H200'\n")
    driver.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert machine.gpu_names() == ["NVIDIA H200"]
    driver.write_text("#!/bin/sh\nexit 9\n")
    assert machine.gpu_names() == []


def test_queue_findings(monkeypatch, settings, tmp_path, embedded_queue):
    assert "runs" in services.queue_finding().sentence
    settings.REDIS_URL_IS_OURS = False
    assert services.queue_finding().level == Level.OK
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    assert services.queue_finding().level == Level.PROBLEM


def test_a_machine_without_a_queue(monkeypatch):
    monkeypatch.setattr(services, "find_server", lambda: None)
    assert services.queue_finding().level == Level.PROBLEM


def test_starter_weights(settings, tmp_path):
    settings.STARTERS_DIR = tmp_path
    assert services.starters_finding().level == Level.PROBLEM
    (tmp_path / "executor").mkdir()
    (tmp_path / "executor" / "model.safetensors").write_bytes(b"0" * 1_000_000)
    assert "1.0 MB" in services.starters_finding().sentence


def test_a_database_that_is_away(monkeypatch):
    from django.db import OperationalError

    def away() -> int:
        raise OperationalError("refused")

    monkeypatch.setattr(services.connection, "ensure_connection", away)
    assert services.database_finding().level == Level.PROBLEM


def test_pending_migrations_are_named(db, monkeypatch):
    monkeypatch.setattr(services, "pending_migrations", lambda: 3)
    assert "3 migrations to apply" in services.database_finding().sentence
