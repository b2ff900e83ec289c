"""Bases from the hub: found, gated, missing, away; the cache; and a token that is shown nowhere."""

from __future__ import annotations

import json
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project

from tests import commands, workers
from tests import factories as make
from tests.hub import COMMIT, LET_IN, Hub, a_hub
from tests.training.conftest import make_music
from training import hub as our_hub
from training.errors import BaseGated, BaseIncompatible, BaseUnavailable
from training.models import TrainingRun
from training.services.bases import check_base, find_base, pinned, sync_catalogue, usable_base
from training.specs import BaseSpec

SECRET = "hf_VerySecretTokenOfATest0123456789"
OPEN, GATED = BaseSpec("team/open"), BaseSpec("team/gated")


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment without a hub, token or cache of the developer's."""
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub-home"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return monkeypatch


@pytest.fixture
def hub(clean: pytest.MonkeyPatch, tiny_starters: Path) -> Iterator[Hub]:
    with a_hub(tiny_starters / "starter-executor") as hub:
        clean.setenv("HF_ENDPOINT", hub.address)
        yield hub


def away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub whose port nobody listens on."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{trial.getsockname()[1]}")


def load(spec: BaseSpec) -> Any:
    from training.ml.loading import load_base, load_tokenizer

    load_tokenizer(spec)
    return load_base(spec)


def test_what_was_fetched_once_is_loaded_without_the_hub(hub, clean):
    asked = load(OPEN).num_parameters()
    assert hub.asked
    count = len(hub.asked)
    assert load(OPEN).num_parameters() == asked
    assert load(BaseSpec("team/open", revision=COMMIT)).num_parameters() == asked
    assert len(hub.asked) == count, "the cache is enough"
    away(clean)
    assert load(OPEN).num_parameters() == asked


def test_the_tokenizer_alone_does_not_fetch_the_weights(hub):
    from training.ml.loading import load_tokenizer

    load_tokenizer(OPEN)
    assert not [path for _, path, _ in hub.asked if path.endswith(".safetensors")]


def test_a_gated_model_names_the_steps_and_opens_with_a_token(hub, clean):
    with pytest.raises(BaseGated, match=f"Accept its terms at {hub.address}/team/gated, then set HF_TOKEN"):
        load(GATED)
    clean.setenv("HF_TOKEN", SECRET)
    with pytest.raises(BaseGated, match="the account of HF_TOKEN has not been let in") as caught:
        load(GATED)
    assert SECRET not in str(caught.value)
    clean.setenv("HF_TOKEN", f" {LET_IN}\n")
    assert load(GATED).num_parameters() > 0


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (BaseSpec("team/nothing"), "has no model of that name that we may see.*needs HF_TOKEN"),
        (BaseSpec("team/open", revision="e" * 40), "has no revision 'e{40}' at 127.0.0.1"),
        (BaseSpec("team/broken"), r"answers with an error \(503\). Try again"),
    ],
)
def test_each_way_of_not_having_it_is_a_sentence_of_its_own(hub, spec, sentence):
    with pytest.raises(BaseUnavailable, match=f"'{spec.source}' cannot be loaded: .*{sentence}"):
        load(spec)
    assert len(hub.asked) == 1, "one question, no second try"


def test_a_hub_that_does_not_answer_is_asked_once_and_briefly(clean, tiny_starters):
    away(clean)
    began = time.monotonic()
    with pytest.raises(BaseUnavailable, match="not in this machine's cache, and 127.0.0.1:.* does not answer"):
        load(OPEN)
    assert time.monotonic() - began < 20, "the client library's own retries would take longer"


def test_offline_means_that_nobody_is_asked(hub, clean):
    clean.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(BaseUnavailable, match="HF_HUB_OFFLINE forbids"):
        load(OPEN)
    assert hub.asked == []


@pytest.mark.parametrize(
    ("token", "sentence"), [("hf_nobody", "does not accept the token"), ("hf_a\nb", "no token has")]
)
def test_a_token_that_is_none_is_a_sentence_without_it(hub, clean, token, sentence):
    clean.setenv("HF_TOKEN", token)
    with pytest.raises(BaseUnavailable, match=sentence) as caught:
        load(OPEN)
    assert token not in str(caught.value)


def test_a_name_that_moved_is_followed_and_the_token_stays_with_the_host(clean):
    answer = our_hub._read(307, {"X-Repo-Commit": COMMIT})
    assert (answer.standing, answer.commit) == (our_hub.Standing.FOUND, COMMIT)
    assert our_hub._read(403, {}).standing == our_hub.Standing.BROKEN
    assert our_hub._read(404, {"X-Error-Code": "EntryNotFound"}).standing == our_hub.Standing.NO_CONFIG


def test_a_base_without_a_revision_is_pinned_at_its_first_use(db, hub):
    base = make.base_model(slug="open", source="team/open")
    assert pinned(base).revision == COMMIT
    assert find_base("team/open").revision == COMMIT
    assert len(hub.asked) == 1


def test_a_commit_found_later_survives_the_catalogue(db, clean):
    sync_catalogue()
    base = find_base("t5gemma-2-1b-1b")
    type(base).objects.filter(pk=base.pk).update(revision=COMMIT)
    sync_catalogue()
    assert find_base("t5gemma-2-1b-1b").revision == COMMIT


def test_the_fallback_is_used_only_when_asked_for_and_says_so(db, hub):
    second = make.base_model(name="Open", source="team/open")
    base = make.base_model(name="Closed", source="team/gated", fallback=second)
    assert usable_base(second, fallback=True) == (second, "")
    with pytest.raises(BaseGated):
        usable_base(base, fallback=False)
    used, said = usable_base(base, fallback=True)
    assert used == second
    assert used.revision == COMMIT
    assert said.startswith("Trained on Open because Closed was not to be had. The model 'team/gated' cannot")
    type(base).objects.filter(pk=second.pk).update(source="team/nothing", revision="")
    base.refresh_from_db()
    with pytest.raises(BaseUnavailable, match="gated.*Its fallback cannot be had either.*team/nothing"):
        usable_base(base, fallback=True)


def test_a_folder_is_as_good_as_a_name(db, tiny_starters, tmp_path):
    folder = shutil.copytree(tiny_starters / "starter-executor", tmp_path / "My Model")
    base = find_base(str(folder))
    assert find_base(str(folder)) == base == find_base(base.slug)
    assert (base.architecture, base.model_type, base.dtypes) == ("causal", "gemma3_text", ["float32", "bfloat16"])
    assert base.parameters == load(BaseSpec(str(folder))).num_parameters()
    assert len(base.lora_modules) == 7
    check_base(base)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(BaseIncompatible, match="its weights are pickles"):
        check_base(base)
    (folder / "config.json").unlink()
    with pytest.raises(BaseUnavailable, match="Put the model back there"):
        check_base(base)


@pytest.fixture
def boss(client: Any, transactional_db: None) -> Any:
    client.force_login(make.user(superuser=True))
    return client


def test_the_token_is_in_no_log_row_or_page(boss, embedded_queue, hub):
    music = make_music(make.team())
    base = make.base_model(slug="wanted", source="team/torn", revision=COMMIT)
    commands.run("train", "--dataset", music.slug, "--slot", "executor", "--base", base.slug, "--no-wait")
    environment = {"HF_TOKEN": SECRET, "HF_HUB_OFFLINE": "", "AIDIRECTOR_LOG_LEVEL": "DEBUG"}
    done = workers.manage("work", "training", "--burst", **environment)
    run = TrainingRun.objects.get()
    assert (run.state, run.traceback) == ("failed", "")
    assert "'team/torn' cannot be loaded: fetching it from 127.0.0.1" in run.reason
    assert any(token == SECRET for _, _, token in hub.asked), "it was used"
    page = boss.get(f"/admin/training/trainingrun/{run.pk}/change/").content
    rows = json.dumps(list(TrainingRun.objects.values()), default=str)
    assert SECRET not in done.stdout + done.stderr + rows + page.decode()
    kept = [path for path in [*run.directory.rglob("*"), *Path(project.VAR_DIR).rglob("*.log")] if path.is_file()]
    assert not any(SECRET.encode() in path.read_bytes() for path in kept)
