"""Files written whole or not at all, on a disk that may be full."""

from __future__ import annotations

from pathlib import Path

import pytest

from background import disk


@pytest.fixture
def full(monkeypatch) -> None:
    """Every file takes twenty bytes, and the disk no more."""
    put = Path.write_bytes

    def write(path: Path, content: bytes) -> int:
        put(path, content[:20])
        return put(Path("/dev/full"), content)

    monkeypatch.setattr(Path, "write_bytes", write)


def test_a_file_is_put_there_with_its_folders_and_replaced(tmp_path):
    path = tmp_path / "new" / "report.json"
    disk.write_whole(path, b"one")
    disk.write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(path.parent.iterdir()) == [path]


def test_on_a_full_disk_what_was_there_stays_and_nothing_half_written_does(tmp_path, request):
    path = tmp_path / "report.json"
    disk.write_whole(path, b"one")
    request.getfixturevalue("full")
    with pytest.raises(OSError, match="No space left") as problem:
        disk.write_whole(path, b"two" * 100)
    assert disk.is_full(problem.value)
    assert path.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("problem", "full_disk"),
    [
        (RuntimeError("I/O error: No space left on device (os error 28)"), True),
        (RuntimeError("database or disk is full"), True),
        (FileNotFoundError(2, "No such file or directory"), False),
        (ValueError("full of mistakes"), False),
    ],
)
def test_other_problems_are_told_apart(problem, full_disk):
    assert disk.is_full(problem) is full_disk
