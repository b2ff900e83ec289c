"""The model hub: whether it answers, whether there is a token, and what its cache takes on this disk."""

from __future__ import annotations

import os
from pathlib import Path

from aidirector.doctor.finding import Finding, Level
from background.errors import ProblemError
from training import hub
from training.catalogue import CATALOGUE

GIB = 2**30


def hub_finding() -> Finding:
    """Bases beyond the starters come from the hub; what the cache has works without it."""
    cache = cached_bytes(hub.cache_folder())
    facts = {"endpoint": hub.endpoint(), "cache": str(hub.cache_folder()), "cache_gib": round(cache / GIB, 1)}
    kept = f"{facts['cache_gib']} GiB of models in {facts['cache']}"
    try:
        standing, has_token = hub.ask(public_model()).standing, bool(hub.token())
    except ProblemError as problem:
        return Finding("hub", Level.NOTE, str(problem), "Make a new read token and set HF_TOKEN.", facts)
    facts |= {"standing": str(standing), "token": has_token}
    if standing == hub.Standing.OFFLINE:
        return Finding("hub", Level.OK, f"HF_HUB_OFFLINE is set: only what is here is used, {kept}.", facts=facts)
    if standing == hub.Standing.AWAY:
        cure = "Nothing to do for the starters. For other bases, check the network or name a model's folder."
        return Finding("hub", Level.NOTE, f"{hub.host()} does not answer; {kept}.", cure, facts)
    if standing == hub.Standing.REFUSED:
        cure = "Make a new read token there and set HF_TOKEN."
        return Finding("hub", Level.NOTE, f"{hub.host()} does not accept the token in HF_TOKEN; {kept}.", cure, facts)
    with_token = "with a token" if has_token else "without a token, so gated bases cannot be had"
    return Finding("hub", Level.OK, f"{hub.host()} answers, {with_token}; {kept}.", facts=facts)


def public_model() -> str:
    """One that everybody may have, to ask for."""
    return next(entry.source for entry in CATALOGUE if "/" in entry.source and not entry.gated)


def cached_bytes(folder: Path) -> int:
    """What the files under the folder take, each counted once: snapshots are links to blobs."""
    total = 0
    for where, _, names in os.walk(folder):
        for path in (Path(where, name) for name in names):
            try:
                total += 0 if path.is_symlink() else path.stat().st_size
            except OSError:  # it went while we looked
                continue
    return total
