"""Preflight: named checks that look for silent failures before a run takes the GPU. Pure.

Each check is one module and gives one `Verdict` with evidence a curator understands and a cure. What only a tokenizer
or a model can tell, they are given as plain texts and numbers (`training.ml.preflight` collects them). A failed check
stops the run; a warning stops it until a person gives a reason.
"""

from training.preflight.spec import PreflightSpec
from training.preflight.verdicts import FAILED, PASSED, SKIPPED, WARNING, Check, Verdict, gravest, overall

__all__ = ["FAILED", "PASSED", "SKIPPED", "WARNING", "Check", "PreflightSpec", "Verdict", "gravest", "overall"]
