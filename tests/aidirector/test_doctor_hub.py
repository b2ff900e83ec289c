"""What the doctor says of the model hub and of the workers."""

from __future__ import annotations

import pytest

from aidirector.doctor.finding import Level
from aidirector.doctor.hub import hub_finding, public_model
from aidirector.doctor.services import workers_finding
from background import workers
from tests.hub import a_hub


@pytest.fixture(autouse=True)
def clean(monkeypatch, tmp_path):
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")


def test_a_hub_that_is_away_is_a_note_and_offline_is_a_choice(monkeypatch):
    assert hub_finding().level == Level.NOTE
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert hub_finding().level == Level.OK


def test_the_token_is_told_of_and_not_told(monkeypatch, tmp_path):
    (tmp_path / "hub").mkdir()
    (tmp_path / "hub" / "blob").write_bytes(b"x" * 2**27)
    with a_hub(tmp_path) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        assert "without a token" in hub_finding().sentence
        for token in ("hf_nobody", "hf_SecretOfTheTest"):
            monkeypatch.setenv("HF_TOKEN", token)
            assert token not in str(hub_finding())
        assert hub_finding().facts["token"] is True
        assert hub_finding().facts["cache_gib"] == 0.1
        assert public_model() in hub.asked[0][1]


def test_workers_are_counted_and_silent_ones_named(embedded_queue):
    assert "None is running" in workers_finding().sentence
    workers.tell(workers.WorkerNews("training-1", "training", "here", 7))
    assert "1 of them, 0 at work" in workers_finding().sentence
    workers.connection().pexpire("aidirector:worker:training-1", 500_000)
    assert workers_finding().level == Level.NOTE
    assert "training-1" in workers_finding().sentence
