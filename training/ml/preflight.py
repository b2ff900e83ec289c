"""The torch side of preflight: what tokenizer, model and machine say, given to the pure checks.

Nothing is trained and no weights are read: the model is built empty, on the meta device.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from training.ml.loading import load_tokenizer, quietly
from training.ml.preflight_machine import adapter_facts, device, fast_bfloat16, free_space, positions, tokenizer_facts
from training.ml.preflight_rows import right_answer, speaks_calls, written
from training.preflight import PreflightSpec, Verdict
from training.preflight.adapter import CHECK as ADAPTER
from training.preflight.adapter import adapter
from training.preflight.arguments import CHECK as ARGUMENTS
from training.preflight.arguments import arguments, arguments_as_objects
from training.preflight.disk import disk, needed
from training.preflight.examples import examples
from training.preflight.harness import CHECK as HARNESS
from training.preflight.harness import Trial, answered, chosen, damaged, harness
from training.preflight.leak import CHECK as LEAK
from training.preflight.leak import leak
from training.preflight.lengths import Lengths
from training.preflight.mask import LossMask
from training.preflight.precision import precision
from training.preflight.round_trip import CHECK as ROUND_TRIP
from training.preflight.round_trip import RoundTrip
from training.preflight.spec import Say
from training.preflight.tokens import Tokens
from training.preflight.written import Survey

ROWS_A_WORD = 200


def unheard(text: str) -> None:
    """For whoever does not want to know what is looked at."""


def examine(asked: PreflightSpec, say: Say = unheard) -> list[dict[str, Any]]:
    """Every check of a run, verdicts as JSON; raises BaseUnavailable where there is no base to look at."""
    quietly()
    say(ARGUMENTS.title)
    verdicts = [arguments_as_objects(asked.rows), examples(asked.examples)]
    say(LEAK.title)
    verdicts.append(leak(asked.rows, asked.held_out))
    tokenizer = load_tokenizer(asked.training.base)
    verdicts += [*of_rows(asked, tokenizer, say), of_harness(asked, tokenizer, say)]
    say(ADAPTER.title)
    verdicts += of_model(asked)
    return [verdict.as_json() for verdict in verdicts]


def of_rows(asked: PreflightSpec, tokenizer: Any, say: Say) -> Iterable[Verdict]:
    """What all the rows of the stage show, each written once."""
    spec = asked.training
    rows = [*spec.rows, *spec.validation]
    reads = spec.base.architecture == "seq2seq"
    surveys: list[Survey] = [
        *([] if reads else [RoundTrip(parses=speaks_calls(tokenizer))]),
        LossMask(),
        Tokens(tokenizer_facts(spec.base, tokenizer)),
        Lengths(spec.longest, positions(spec.base)),
    ]
    for number, row in enumerate(rows, 1):
        if number % ROWS_A_WORD == 1:
            say(f"row {number:,} of {len(rows):,}")
        each = written(tokenizer, row, number, reads=reads)
        for survey in surveys:
            survey.see(each)
    skipped = [ROUND_TRIP.skipped("An encoder-decoder has no chat template: it reads and writes texts as they are.")]
    return [*(skipped if reads else []), *(survey.verdict() for survey in surveys)]


def of_harness(asked: PreflightSpec, tokenizer: Any, say: Say) -> Verdict:
    say(HARNESS.title)
    reads = asked.training.base.architecture == "seq2seq"
    trials = []
    for row in chosen(asked.held_out):
        right, wrong = answered(row), damaged(row)
        if right and wrong and all(isinstance(each, dict) for each in arguments(right)):
            texts = [right_answer(tokenizer, each, reads=reads) for each in (right, wrong)]
            trials.append(Trial(row, *texts))
    return harness(trials)


def of_model(asked: PreflightSpec) -> list[Verdict]:
    spec = asked.training
    facts = adapter_facts(spec)
    wanted = needed(
        trainable=facts.trainable,
        parameters=facts.base_weights,
        dtype=spec.base.dtype,
        optimizer=spec.optimizer,
        stages=len(asked.examples),
    )
    where = device()
    return [
        adapter(facts),
        precision(facts.model_type, spec.base.dtype, autocast=spec.autocast, fast=fast_bfloat16(where), device=where),
        disk(wanted, free_space(spec.directory)),
    ]
