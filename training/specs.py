"""What crosses the border between the application and the torch code: frozen, plain, JSON-ready.

The application makes a spec, the torch code follows it to the letter and answers with a result. Paths are
text, so that a spec can be written to a file and run on another machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

LORA_MODULES = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
T5_LORA_MODULES = ("q", "k", "v", "o", "wi", "wi_0", "wi_1", "wo")  # wi in T5 1.0, wi_0 and wi_1 since 1.1


@dataclass(frozen=True)
class BaseSpec:
    """A model to start from: a folder or a hub name with its pinned revision."""

    source: str
    revision: str = ""
    architecture: str = "causal"
    dtype: str = "float32"
    quantised: bool = False


@dataclass(frozen=True)
class LoraSpec:
    """Figures of the QLoRA sources: r 16, alpha 32, dropout 0.05, all seven linear modules."""

    rank: int = 16
    alpha: int = 32
    dropout: float = 0.05
    modules: tuple[str, ...] = LORA_MODULES


@dataclass(frozen=True)
class TrainingSpec:
    """One stage of a run. `rows` and `validation` are canonical rows: {"messages", "tools", "context"}.

    `autocast` computes in bfloat16 while weights and optimizer keep the base's dtype. `adapter` is the
    one of the stage before, to go on from; without it a new one is made.
    """

    base: BaseSpec
    directory: str
    rows: tuple[dict[str, Any], ...]
    validation: tuple[dict[str, Any], ...]
    adapter: str = ""
    lora: LoraSpec = field(default_factory=LoraSpec)
    epochs: float = 3.0
    batch: int = 8
    accumulation: int = 1
    learning_rate: float = 2e-4
    weight_decay: float = 0.01
    warm_up_share: float = 0.05
    longest: int = 1024
    seed: int = 7
    checkpoint_every: int = 25
    log_every: int = 2
    optimizer: str = "adamw_torch"
    gradient_checkpointing: bool = False
    autocast: bool = False
    threads: int = 0


@dataclass(frozen=True)
class TrainingResult:
    """Where the weights are, and what making them took. Sizes in bytes, times in seconds."""

    adapter: str
    merged: str
    manifest: dict[str, dict[str, str]]
    steps: int
    trainable: int
    parameters: int
    training_loss: float
    validation_loss: float | None
    seconds: float
    peak_memory: int
    resumed_from: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class ArmSpec:
    """One way to answer: a base, perhaps with an adapter on it, with or without the context."""

    name: str
    base: BaseSpec
    adapter: str = ""
    with_context: bool = True


@dataclass(frozen=True)
class AnswerSpec:
    """Answer every row greedily with every arm. Rows end before the assistant's turn."""

    arms: tuple[ArmSpec, ...]
    rows: tuple[dict[str, Any], ...]
    most_new_tokens: int = 160
    batch: int = 16
    threads: int = 0


Report = Callable[[dict[str, Any]], None]


class Trainer(Protocol):
    """Fine-tunes as the spec says, reporting {"step", "steps", "loss"?, "validation_loss"?, ...} as it goes."""

    def __call__(self, spec: TrainingSpec, report: Report) -> TrainingResult: ...


class Answerer(Protocol):
    """Answers as the spec says: {arm: [text, ...]} in row order, reporting {"arm", "done", "rows"}."""

    def __call__(self, spec: AnswerSpec, report: Report) -> dict[str, list[str]]: ...
