"""Whether curation stays as fast with 100,000 examples as with 100: queries and time of the pages curators live on.

    python bench/curation_scale.py --json [--rows 100000]

Two databases of their own (SQLite, in a temporary folder), the small and the large one; each page is fetched several
times from each in turn, and its median times are compared. A target of 1.5 is the ratio that may not be exceeded.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SMALL = 100
ROUNDS = 7
MOST = 1.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--serve", type=int, default=0, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.serve)
    else:
        show(compared(asked.rows), asked.json)


def compared(rows: int) -> dict[str, Any]:
    """{page: {"queries": [small, large], "ratio"}}, the pages of both databases fetched in turn."""
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        small, large = house(one, SMALL), house(other, rows)
        names = json.loads(answer(small, ""))
        answer(large, "")
        found = {}
        for name in names:
            took = [[json.loads(answer(h, name)) for h in (small, large)] for _ in range(ROUNDS)]
            queries = [took[-1][0]["queries"], took[-1][1]["queries"]]
            medians = [statistics.median(pair[n]["seconds"] for pair in took) for n in (0, 1)]
            found[name] = {"queries": queries, "seconds": medians, "ratio": medians[1] / medians[0]}
        for process in (small, large):
            process.stdin.close()
            process.wait()
        return found


def house(folder: str, rows: int) -> Any:
    environment = {**os.environ, "AIDIRECTOR_VAR": folder, "DATABASE_URL": "", "AIDIRECTOR_LOG_LEVEL": "ERROR"}
    environment.pop("DATABASE_URL")
    return subprocess.Popen(
        [sys.executable, __file__, "--serve", str(rows)],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def answer(process: Any, name: str) -> str:
    process.stdin.write(name + "\n")
    process.stdin.flush()
    line: str = process.stdout.readline()
    return line


def serve(rows: int) -> None:
    """Fill a database, then answer page names on standard input with what fetching them took."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aidirector.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    call_command("migrate", verbosity=0)
    pages, user = filled(rows)
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    for line in sys.stdin:
        name = line.strip()
        if not name:
            print(json.dumps(list(pages)), flush=True)
            continue
        began = time.perf_counter()
        with CaptureQueriesContext(connection) as queries:
            status = client.get(pages[name]).status_code
        assert status == 200, (name, status)
        print(json.dumps({"seconds": time.perf_counter() - began, "queries": len(queries)}), flush=True)


def filled(rows: int) -> tuple[dict[str, str], Any]:
    """A dataset of that many rows, half of them in review, half with a finding; the pages' addresses.

    Half of the small dataset fills a page of a list, too, so that both render the same number of rows.
    """
    from django.contrib.auth import get_user_model

    from brands.models import Team
    from training.models import Dataset, Example, Finding

    team = Team.objects.create(name="Bench", slug="bench")
    dataset = Dataset.objects.create(team=team, name="Large", slug="large")
    user = get_user_model().objects.create_superuser("bench")
    states = ["approved", "in_review"] * 4 + ["draft", "in_review"]
    examples = (
        Example(
            dataset=dataset,
            state=states[n % 10],
            split="train" if n % 5 else "held_out",
            task=("caption", "brand_voice", "tool_calls")[n % 3],
            language=("th", "en")[n % 2],
            messages=[{"role": "user", "content": f"Wish {n}"}, {"role": "assistant", "content": f"Granted {n}"}],
            content_hash=f"{n:064x}",
        )
        for n in range(rows)
    )
    Example.objects.bulk_create(examples, batch_size=2000)
    keys = Example.objects.values_list("pk", flat=True)[::2]
    Finding.objects.bulk_create(
        (Finding(example_id=pk, code="email_address", severity="warning", message="An address.") for pk in keys),
        batch_size=2000,
    )
    middle = Example.objects.order_by("pk")[rows // 2].pk
    base = "/admin/training"
    return {
        "examples": f"{base}/example/",
        "examples_in_review": f"{base}/example/?state__exact=in_review",
        "examples_with_findings": f"{base}/example/?finding=email_address",
        "example": f"{base}/example/{middle}/change/",
        "dataset": f"{base}/dataset/{dataset.pk}/change/",
        "review": f"{base}/dataset/{dataset.pk}/review/",
    }, user


def show(found: dict[str, Any], as_json: bool) -> None:
    metrics: dict[str, Any] = {}
    for name, page in found.items():
        metrics[f"{name}_time_ratio"] = {"value": round(page["ratio"], 2), "target": MOST, "better": "lower"}
        more = page["queries"][1] - page["queries"][0]
        metrics[f"{name}_more_queries"] = {"value": more, "target": 0, "better": "lower"}
    if as_json:
        print(
            json.dumps(
                {"name": "curation_scale", "machine": platform.processor() or platform.machine(), "metrics": metrics}
            )
        )
        return
    for name, page in found.items():
        small, large = page["seconds"]
        print(
            f"{name:24} {small * 1000:7.0f} ms  {large * 1000:7.0f} ms  x{page['ratio']:.2f}  queries {page['queries']}"
        )


if __name__ == "__main__":
    main()
