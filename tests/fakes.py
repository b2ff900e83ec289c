"""Stand-ins for the two things that cost minutes: a trainer that trains nothing, an answerer that was told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from training.ml.checkpoints import hashes
from training.specs import AnswerSpec, ArmSpec, Report, TrainingResult, TrainingSpec

Row = dict[str, Any]


class FakeTrainer:
    """Reports two steps and leaves what a trainer leaves. `problem` is raised between them in that stage."""

    def __init__(self, *, problem: BaseException | None = None, stage: int = 1) -> None:
        self.specs: list[TrainingSpec] = []
        self.problem, self.stage = problem, stage

    def __call__(self, spec: TrainingSpec, report: Report) -> TrainingResult:
        self.specs.append(spec)
        report({"step": 2, "steps": 4, "seconds": 0.1, "loss": 2.0, "learning_rate": 0.001, "gradient_norm": 1.5})
        if self.problem and len(self.specs) == self.stage:
            raise self.problem
        report({"step": 4, "steps": 4, "seconds": 0.2, "loss": 1.0})
        report({"step": 4, "steps": 4, "seconds": 0.2, "validation_loss": 1.25})
        adapter, merged = self.leave(spec, "adapter"), self.leave(spec, "merged")
        return TrainingResult(
            adapter=str(adapter),
            merged=str(merged),
            manifest={"adapter": hashes(adapter), "merged": hashes(merged)},
            steps=4,
            trainable=100,
            parameters=1000,
            training_loss=1.5,
            validation_loss=1.25,
            seconds=0.2,
            peak_memory=1_000_000,
        )

    def leave(self, spec: TrainingSpec, name: str) -> Path:
        folder = Path(spec.directory) / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.safetensors").write_text(f"{name} of {folder.parent.name}")
        return folder


class FakeAnswerer:
    """Answers each row with what `say(arm, row)` returns."""

    def __init__(self, say: Callable[[ArmSpec, Row], str]) -> None:
        self.say = say
        self.specs: list[AnswerSpec] = []

    def __call__(self, spec: AnswerSpec, report: Report) -> dict[str, list[str]]:
        self.specs.append(spec)
        answers = {}
        for arm in spec.arms:
            answers[arm.name] = [self.say(arm, row) for row in spec.rows]
            report({"arm": arm.name, "done": len(spec.rows), "rows": len(spec.rows)})
        return answers


class FakeDryRun:
    """Answers as `training.ml.dry_run` does, and keeps what it was asked."""

    def __init__(self, longest: int = 90, positions: int = 4096, unit: int = 1_000_000) -> None:
        self.longest, self.positions = longest, positions
        parts = {"runtime": 5, "weights": 60, "adapter": 8, "optimizer": 16, "gradients": 1, "activations": 10}
        self.memory = {name: size * unit for name, size in parts.items()}
        self.memory["total"] = sum(self.memory.values())
        self.asked: list[dict[str, Any]] = []

    def __call__(self, asked: dict[str, Any], wait: Callable[[], None] = lambda: None) -> dict[str, Any]:
        self.asked.append(asked)
        summary = {"median": 60, "longest": self.longest, "mean": 64.0, "labelled": 0.2}
        less = {"change": "Turn gradient checkpointing on", "total": self.memory["total"] // 2}
        return {
            "device": "cpu",
            "tokens": [summary | {"rows": len(rows)} for rows in asked["stages"]],
            "memory": self.memory,
            "positions": self.positions,
            "variants": [less] if self.memory["total"] > asked["limit"] > 0 else [],
        }
