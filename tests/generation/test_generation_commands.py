"""`generate` and `direct` at the command line."""

from __future__ import annotations

import json

import pytest

from background.models import JobState
from background.running import run_leased
from generation.models import Content
from generation.services import work_content
from tests import commands, factories, workers
from tests.fakes import FakeAnswerer
from training.functiongemma import call_text

pytestmark = pytest.mark.django_db(transaction=True)
CALL = factories.call("play", song="ฮาโล", volume=7)


@pytest.fixture
def answered(eventually):
    """`answered(process, text)`: what the process prints once its content was made of that text."""

    def wait(process, text: str):
        queued = Content.objects.exclude(job_id="").filter(state=JobState.QUEUED)
        content = eventually(queued.first, seconds=90)
        answerer = FakeAnswerer(lambda arm, row: text)
        run_leased(Content, content.pk, lambda lease: work_content(lease, answerer))
        done = workers.finish(process)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    return wait


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("generate", "--brand", "Nobody"), "There is no brand 'Nobody' in Ours. Known brands: TechZone."),
        (("generate", "--brand", "techzone"), "Ours has no promoted thinker model yet: train one"),
        (("generate", "--brand", "techzone", "--type", "brand_voice"), "A brand voice needs its message"),
        (("generate", "--brand", "techzone", "--team", "x"), "There is no team 'x'. Teams: ours."),
        (("direct", "--brief", "Play"), "Ours has no promoted executor model yet: train one"),
    ],
)
def test_bad_input_is_one_sentence(brand, capsys, arguments, sentence):
    assert commands.refused(capsys, *arguments).startswith(sentence)
    assert not Content.objects.exists()


def test_an_empty_brief_is_one_sentence(executor, capsys):
    assert commands.refused(capsys, "direct", "--brief", "") == "The brief is empty: say what is wanted."
    assert not Content.objects.exists()


def test_without_a_queue_the_content_waits_and_the_sentence_says_so(brand, thinker, capsys, settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    assert commands.refused(capsys, "generate", "--brand", "techzone").startswith("The queue does not answer")
    assert Content.objects.get().state == JobState.QUEUED


def test_generate_prints_the_text_with_its_sources_and_checks(embedded_queue, brand, thinker, answered):
    process = workers.start("generate", "--brand", "techzone", "--language", "th", "--json")
    facts = json.loads(answered(process, "กาแฟสกัดเย็นจาก TechZone"))
    assert facts["text"] == "กาแฟสกัดเย็นจาก TechZone"
    assert facts["checks"]["passed"] is True
    assert "แบรนด์: TechZone" in facts["context"]
    assert facts["model"] == str(thinker)


def test_direct_prints_the_calls(embedded_queue, executor, answered):
    facts = json.loads(answered(workers.start("direct", "--brief", "Play", "--json"), call_text(CALL)))
    assert facts["calls"] == [CALL["function"]]
    assert facts["checks"] == {"readable": True, "schema_valid": True, "calls": 1}


def test_direct_for_people_is_one_call_a_line(embedded_queue, executor, answered):
    shown = answered(workers.start("direct", "--brief", "Play"), call_text(CALL))
    assert shown == "play(song='ฮาโล', volume=7)\n"
