"""How much memory reading a huge JSON Lines file takes: one of many rows, and one that is a single line.

    python bench/import_memory.py --json [--bytes 1000000000]

Each file is written first and then read by a process of its own with Django loaded, whose peak resident memory is
what the kernel says. The file of one line holds no row that can be read: it is refused, as row 1.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
MEGABYTE = 1024 * 1024
MOST_MEGABYTES = 300
LEAST_ROWS_PER_SECOND = 5_000


def main() -> None:
    asked = arguments()
    if asked.read:
        print(json.dumps(read(asked.read)))
        return
    found = measure(asked.bytes)
    print(json.dumps(found, indent=2) if asked.json else as_table(found))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The memory and speed of reading a huge JSON Lines file.")
    parser.add_argument("--bytes", type=int, default=1_000_000_000, help="the size of each file")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def measure(size: int) -> dict[str, object]:
    with TemporaryDirectory() as folder:
        path = Path(folder, "rows.jsonl")
        many = written_and_read(path, many_rows(size))
        one = written_and_read(path, one_line(size))
    metrics = {
        "rows_peak_mb": metric(many["peak_mb"], MOST_MEGABYTES, "lower"),
        "rows_per_second": metric(many["rows"] / many["seconds"], LEAST_ROWS_PER_SECOND, "higher"),
        "rows_mb_per_second": metric(size / MEGABYTE / many["seconds"], 20, "higher"),
        "one_line_peak_mb": metric(one["peak_mb"], MOST_MEGABYTES, "lower"),
        "one_line_refused": metric(one["refused"], 1, "higher"),
    }
    return {"name": "import_memory", "machine": machine(), "bytes": size, "metrics": metrics}


def metric(value: float, target: float, better: str) -> dict[str, object]:
    return {"value": round(value, 1), "target": target, "better": better}


def machine() -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def written_and_read(path: Path, pieces: Iterator[bytes]) -> dict[str, float]:
    with path.open("wb") as file:
        file.writelines(pieces)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "aidirector.settings"}
    ran = subprocess.run(
        [sys.executable, __file__, "--read", str(path)], env=environment, stdout=subprocess.PIPE, check=True
    )
    found: dict[str, float] = json.loads(ran.stdout)
    return found


def many_rows(size: int) -> Iterator[bytes]:
    """Conversations of about 1 KB in Thai and English."""
    number = 0
    while size > 0:
        number += 1
        said = f"ช่วยเขียนแคปชั่นสินค้าหมายเลข {number} ให้หน่อย " * 4
        messages = [
            {"role": "user", "content": said},
            {"role": "assistant", "content": f'Caption {number}: "fresh",\nready. ' * 8},
        ]
        row = json.dumps({"messages": messages, "tools": [], "group": f"g{number}"}, ensure_ascii=False)
        line = row.encode() + b"\n"
        size -= len(line)
        yield line


def one_line(size: int) -> Iterator[bytes]:
    yield b'{"text": "'
    for _ in range(size // MEGABYTE):
        yield b"x" * MEGABYTE
    yield b'"}\n'


def read(path: Path) -> dict[str, float]:
    """What reading the file takes in this process."""
    import django

    django.setup()
    from training.sources import records

    rows = refused = 0
    started = time.perf_counter()
    with path.open("rb") as stream:
        for record in records(stream, path.name):
            rows += 1
            refused += bool(record.problem)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rows": rows, "refused": refused, "seconds": seconds, "peak_mb": peak}


def as_table(found: dict[str, object]) -> str:
    metrics = found["metrics"]
    assert isinstance(metrics, dict)
    rows = [f"{key:20} {each['value']:>12,} (target {each['target']:,})" for key, each in metrics.items()]
    return "\n".join([f"{found['name']} on {found['machine']}", *rows])


if __name__ == "__main__":
    main()
