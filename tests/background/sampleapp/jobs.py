"""The job functions that test workers run."""

from __future__ import annotations

import os
import threading

from background.errors import ProblemError
from background.lease import Lease
from background.running import run_leased
from tests.background.sampleapp.models import SampleJob


def work(pk: str) -> None:
    run_leased(SampleJob, pk, behave)


def broken(pk: str) -> None:
    """A job that breaks before it has claimed its row, as a failing import would."""
    raise ImportError("a part of the installation is missing")


def behave(lease: Lease) -> None:
    row = lease.row
    assert isinstance(row, SampleJob)
    lease.beat(step=f"process {os.getpid()}", progress=0.5)
    match row.behaviour:
        case "problem":
            raise ProblemError("The dataset is empty: add examples first.")
        case "defect":
            raise ZeroDivisionError("a defect with \x00 and \ud800 in it")
        case "hold":
            threading.Event().wait(120)
        case "hold once" if row.attempts == 1:
            threading.Event().wait(120)
        case "until told":
            while SampleJob.objects.get(pk=row.pk).note != "go on":
                threading.Event().wait(0.05)
    lease.beat(note="done")
