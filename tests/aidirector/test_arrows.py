"""Who may import whom. The rooms and their arrows are drawn in ARCHITECTURE.md; this walks every module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("aidirector", "generation", "training", "brands", "background")  # each may import those to its right
HEAVY = {"torch", "transformers", "peft", "trl", "accelerate", "bitsandbytes", "datasets"}
WEB_SIDE = {"services", "admin", "api", "views", "urls", "forms"}


@cache
def modules() -> dict[str, Path]:
    found = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(modules()[name].read_text(encoding="utf-8"))


def imports(name: str, nodes: ast.AST | None = None) -> Iterator[str]:
    """Every module a module imports, at its top or inside its functions, as absolute dotted names."""
    is_package = modules()[name].name == "__init__.py"
    for node in ast.walk(nodes or tree(name)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = name.split(".")[: len(name.split(".")) - node.level + is_package]
                base = ".".join([*parents, base] if base else parents)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names if f"{base}.{alias.name}" in modules())


def at_import(name: str) -> Iterator[str]:
    """What is imported when the module is: not inside functions, not for type checkers alone."""
    for node in tree(name).body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from imports(name, node)


def room_of(name: str) -> str:
    return name.split(".")[0]


def is_ml(name: str) -> bool:
    return "ml" in name.split(".")


def is_jobs(name: str) -> bool:
    return name.split(".")[-1] == "jobs"


@cache
def reaches(name: str) -> frozenset[str]:
    """Every module, ours or not, that is loaded when this one is imported."""
    seen: set[str] = set()
    ahead = [name]
    while ahead:
        each = ahead.pop()
        if each in seen:
            continue
        seen.add(each)
        if each in modules():
            ahead += at_import(each)
            parents = each.split(".")[:-1]
            ahead += [".".join(parents[: end + 1]) for end in range(len(parents))]
    return frozenset(seen)


def test_the_walk_sees_the_house():
    assert "background.lease" in set(imports("background.running"))
    assert "background.errors" in reaches("background.reconcile")


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_only_to_the_right(room):
    left = set(ROOMS[: ROOMS.index(room)])
    wrong = [
        (name, used) for name in modules() if room_of(name) == room for used in imports(name) if room_of(used) in left
    ]
    assert wrong == []


def test_ml_knows_neither_django_nor_the_rows():
    wrong = []
    for name in filter(is_ml, modules()):
        for used in imports(name):
            last = used.split(".")[-1]
            if room_of(used) in {"django", "rq", "redis"} or (
                room_of(used) in ROOMS and last in WEB_SIDE | {"models", "jobs"}
            ):
                wrong.append((name, used))
        if any(room_of(used) == "django" for used in reaches(name)):
            wrong.append((name, "django, through what it imports"))
    assert wrong == []


def test_nobody_imports_jobs():
    assert [(name, used) for name in modules() for used in imports(name) if is_jobs(used)] == []


def test_torch_lives_in_ml():
    probe = "aidirector.doctor.device_probe"  # a program of its own, imported by nobody
    wrong = [
        (name, used)
        for name in modules()
        if not is_ml(name) and name != probe
        for used in imports(name)
        if room_of(used) in HEAVY
    ]
    assert wrong == []
    assert [name for name in modules() if probe in set(imports(name))] == []


def test_what_the_web_process_imports_never_reaches_ml():
    entrances = [name for name in modules() if WEB_SIDE & set(name.split(".")) or name.endswith((".models", ".asgi"))]
    wrong = [(name, used) for name in entrances for used in reaches(name) if is_ml(used) or room_of(used) in HEAVY]
    assert wrong == []


def test_models_stand_below_services_and_these_below_the_adapters():
    above = {
        "models": {"services", "admin", "api", "views", "urls", "jobs"},
        "services": {"admin", "api", "views", "urls", "jobs"},
    }
    wrong = [
        (name, used)
        for name in modules()
        for layer, forbidden in above.items()
        if layer in name.split(".")
        for used in imports(name)
        if room_of(used) in ROOMS and forbidden & set(used.split("."))
    ]
    assert wrong == []
