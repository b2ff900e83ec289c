"""The model hub as its users meet it: is this model there, may we have it, at which commit, is it in our cache already?

One short question before anything is loaded, so that a hub which does not answer costs seconds instead of the client
library's half minute of retries. The token comes from the environment, goes to the hub and nowhere else, and stands in
no message. Needs nothing installed, so the web side asks too.
"""

from __future__ import annotations

import os
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from training.errors import BaseGated, BaseIncompatible, BaseUnavailable

MAIN = "main"
PROBE_SECONDS = 3.0
NAME_SECONDS = 5.0  # a resolver that hangs is not bound by the socket's timeout
MOST_HOPS = 3  # models that were renamed
TRUE = {"1", "ON", "YES", "TRUE"}
COMMIT = re.compile(r"[0-9a-f]{40}")


class Standing(StrEnum):
    """How a model stands at the hub, as far as this installation is concerned."""

    FOUND = "found"
    GATED = "gated"
    MISSING = "missing"
    NO_REVISION = "no revision"
    NO_CONFIG = "no config"
    REFUSED = "refused"  # the token is none the hub knows
    BROKEN = "broken"  # it answers, with an error of its own
    AWAY = "away"
    OFFLINE = "offline"  # the environment forbids to ask


@dataclass(frozen=True)
class Answer:
    """`commit` is what the asked revision stands at, where the hub says so; `status` the HTTP status, 0 without one."""

    standing: Standing
    commit: str = ""
    status: int = 0


def endpoint() -> str:
    """The hub's address, as huggingface_hub has it: HF_ENDPOINT or the public one."""
    return os.environ.get("HF_ENDPOINT", "").strip().rstrip("/") or "https://huggingface.co"


def host() -> str:
    return urlsplit(endpoint()).netloc or endpoint()


def is_offline() -> bool:
    """Whether the environment forbids to ask the hub."""
    said = os.environ.get("HF_HUB_OFFLINE") or os.environ.get("TRANSFORMERS_OFFLINE") or ""
    return said.strip().upper() in TRUE


def token() -> str:
    """HF_TOKEN, or the one `hf auth login` left; empty without. Raises BaseUnavailable for text that is no token.

    Checked here because libraries quote a header they cannot send.
    """
    named = os.environ.get("HF_TOKEN") or os.environ.get("HUGGING_FACE_HUB_TOKEN") or ""
    found = (named or _kept_token()).strip()
    if not re.fullmatch(r"[!-~]*", found):
        raise BaseUnavailable("HF_TOKEN holds signs that no token has: copy the token again, without line breaks.")
    return found


def _kept_token() -> str:
    path = Path(os.environ.get("HF_TOKEN_PATH") or _home() / "token").expanduser()
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def cache_folder() -> Path:
    """https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables"""
    named = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    return Path(os.path.expandvars(named or str(_home() / "hub"))).expanduser()


def _home() -> Path:
    general = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(os.environ.get("HF_HOME") or Path(general) / "huggingface").expanduser()


def cached_commit(source: str, revision: str = "") -> str:
    """The commit that this machine's cache has for a revision of the model (empty: main); empty without one."""
    model = cache_folder() / f"models--{source.replace('/', '--')}"
    try:
        commit = (model / "refs" / (revision or MAIN)).read_text("utf-8").strip()
    except OSError:
        commit = revision
    return commit if commit and (model / "snapshots" / commit).is_dir() else ""


def cached_snapshot(source: str, revision: str = "") -> Path | None:
    """Where the cache keeps that revision of the model, whole or not; None when it does not."""
    commit = cached_commit(source, revision)
    return cache_folder() / f"models--{source.replace('/', '--')}" / "snapshots" / commit if commit else None


def ask(source: str, revision: str = "") -> Answer:
    """How the model stands at the hub, within seconds and without a second try. Raises BaseUnavailable for a token
    that is none."""
    if is_offline():
        return Answer(Standing.OFFLINE)
    address = f"{endpoint()}/{quote(source)}/resolve/{quote(revision or MAIN, safe='')}/config.json"
    headers = {"User-Agent": "aidirector"} | ({"Authorization": f"Bearer {found}"} if (found := token()) else {})
    answers: list[Answer] = []
    asking = threading.Thread(target=lambda: answers.append(_answer(address, headers)), daemon=True)
    asking.start()
    asking.join(PROBE_SECONDS + NAME_SECONDS)
    return answers[0] if answers else Answer(Standing.AWAY)


def _answer(address: str, headers: Mapping[str, str], hops: int = MOST_HOPS) -> Answer:
    request = urllib.request.Request(address, method="HEAD", headers=dict(headers))
    try:
        with _OPENER.open(request, timeout=PROBE_SECONDS) as response:
            return _read(response.status, response.headers)
    except urllib.error.HTTPError as problem:
        with problem:
            onward = urljoin(address, problem.headers.get("Location", ""))
            if 300 <= problem.code < 400 and not problem.headers.get("X-Repo-Commit"):
                same = urlsplit(onward).netloc == urlsplit(address).netloc
                if same and hops:
                    return _answer(onward, headers, hops - 1)
            return _read(problem.code, problem.headers)
    except (OSError, ValueError):  # ValueError: an HF_ENDPOINT that is no address
        return Answer(Standing.AWAY)


def _read(status: int, headers: Any) -> Answer:
    """The hub's own words: https://huggingface.co/docs/huggingface_hub/package_reference/utilities#errors"""
    code, said = headers.get("X-Error-Code", ""), headers.get("X-Error-Message", "")
    commit = headers.get("X-Repo-Commit", "")
    if status < 400:
        return Answer(Standing.FOUND, commit if COMMIT.fullmatch(commit) else "", status)
    if status == 401 and said.startswith("Invalid credentials"):
        return Answer(Standing.REFUSED, status=status)
    by_code = {
        "GatedRepo": Standing.GATED,
        "RevisionNotFound": Standing.NO_REVISION,
        "EntryNotFound": Standing.NO_CONFIG,
        "RepoNotFound": Standing.MISSING,
    }
    usual = Standing.MISSING if status in {401, 404} else Standing.BROKEN
    return Answer(by_code.get(code, usual), status=status)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The address itself is the answer, and the token must not follow to another host."""

    def redirect_request(self, *args: Any, **options: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects)


def refusal(source: str, revision: str, answer: Answer) -> BaseUnavailable:
    """What to tell a person whom the hub does not give the model to."""
    page, has_token = f"{endpoint()}/{source}", bool(token())
    not_here = f"it is not in this machine's cache, and {host()}"
    elsewhere = "fetch it on a machine with access and name its folder as the base, or choose another base."
    reasons = {
        Standing.GATED: (
            f"it is gated, and the account of HF_TOKEN has not been let in. Accept its terms at {page} with that "
            "account; some models take a while to answer."
            if has_token
            else f"it is gated. Accept its terms at {page}, then set HF_TOKEN to a read token of that account and "
            "start the workers again."
        ),
        Standing.MISSING: f"{host()} has no model of that name that we may see. Check the name"
        + (", and that the account of HF_TOKEN may read it." if has_token else "; a private one needs HF_TOKEN."),
        Standing.NO_REVISION: f"it has no revision '{revision or MAIN}' at {host()}. Correct the base's revision.",
        Standing.NO_CONFIG: "it has no config.json, so it is not a model in the transformers format. Choose another.",
        Standing.REFUSED: f"{host()} does not accept the token in HF_TOKEN. Make a new read token and set it.",
        Standing.BROKEN: f"{not_here} answers with an error ({answer.status}). Try again in a few minutes.",
        Standing.AWAY: f"{not_here} does not answer. Check this machine's network; or {elsewhere}",
        Standing.OFFLINE: "it is not in this machine's cache, and HF_HUB_OFFLINE forbids to ask for it. "
        f"Unset it; or {elsewhere}",
    }
    kinds = {Standing.GATED: BaseGated, Standing.NO_CONFIG: BaseIncompatible}
    kind: type[BaseUnavailable] = kinds.get(answer.standing, BaseUnavailable)
    return kind(f"The model '{source}' cannot be loaded: {reasons[answer.standing]}")
