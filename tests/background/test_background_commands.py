"""`work` and `reconcile` at the command line."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from background.commands import SentenceCommand
from background.errors import ProblemError
from background.queue import connection, launch
from tests.background.sampleapp.models import SampleJob


def test_an_unknown_queue_is_one_sentence():
    with pytest.raises(CommandError, match=r"no queue attic.*training, curation, generation"):
        call_command("work", "attic")


def test_a_worker_without_a_queue_says_how_to_get_one(settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    with pytest.raises(CommandError, match="manage.py serve"):
        call_command("work", "training")


def test_reconcile_says_what_it_did(new_job, embedded_queue, capsys):
    row = new_job()
    launch(row)
    connection().flushall()
    SampleJob.objects.update(enqueued_at=None)
    call_command("reconcile")
    assert f"Sample job {row.pk}" in capsys.readouterr().out
    call_command("reconcile")
    assert capsys.readouterr().out == "Nothing to put right.\n"


def test_an_expected_problem_is_a_sentence_and_an_interrupt_is_no_traceback():
    class Failing(SentenceCommand):
        needs_database = False
        error: BaseException

        def handle(self, *args, **options):
            raise self.error

    command = Failing()
    command.error = ProblemError("The disk is full: free some space.")
    with pytest.raises(CommandError, match="The disk is full"):
        call_command(command)
    command.error = KeyboardInterrupt()
    with pytest.raises(CommandError, match="Stopped") as stopped:
        call_command(command)
    assert stopped.value.returncode == 130
