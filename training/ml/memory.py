"""The memory of a run, known before it starts: two of its steps are taken without any values.

The model is built from its config alone and every operation of forward, loss, backward and optimizer is asked only for
the shape of its result, by the code that trains. What would live at the fullest moment is added up under the names of
its parts. A model of 7 billion parameters takes some seconds.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

from training.ml.answer_loss import AnswerLoss
from training.ml.empty_model import empty_model
from training.ml.live_storage import Answer, Ledger, counting, name_all
from training.ml.seq2seq import answer_loss
from training.planning.batch_shape import BatchShape
from training.specs import TrainingSpec

PARTS = ("weights", "adapter", "optimizer", "gradients", "activations", "loss")
BLOCK = {"cpu": 64, "cuda": 512}  # bytes that an allocation is rounded up to
UNUSED = 0.36  # of what its tensors take, which a process off the GPU keeps beside them (training/ml/malloc.py)
FEWEST_IN_8_BITS = 4096  # values of a tensor from which bitsandbytes keeps its optimizer states in 8 bits
STATES_BLOCK = 256  # of them share a scale


def predict(spec: TrainingSpec, shape: BatchShape, device: str = "cpu") -> dict[str, int]:
    """{"weights", "adapter", "optimizer", "gradients", "activations", "loss", "total"} in bytes at the fullest moment.

    `device` is "cpu" or "cuda". What the process takes before any tensor is made is not part of it.
    Raises BaseUnavailable, or ImpossiblePlan when the plan's modules are not those of the base.
    """
    from torch._subclasses.fake_tensor import FakeTensorMode

    returns = device == "cuda" or spec.gradient_checkpointing
    fakes, ledger = FakeTensorMode(), Ledger(BLOCK[device], 0.0 if returns else UNUSED)
    model = empty_model(replace(spec, adapter=""), fakes, device)
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    name_all(ledger, (*model.parameters(), *model.buffers()), "weights")
    name_all(ledger, trained, "adapter")
    for weight in trained:
        weight.register_post_accumulate_grad_hook(lambda weight: ledger.name(weight.grad, "gradients"))
    with fakes, counting(ledger, answers(shape)):
        take_steps(Step(model, spec, shape, device, ledger), trained)
    parts = {name: ledger.most.get(name, 0) for name in PARTS}
    parts["activations"] += ledger.peak - sum(parts.values())  # what lies unused between them
    if device == "cpu":
        parts["weights"] += still_mapped(model, spec)
    return parts | {"total": sum(parts.values())}


def still_mapped(model: Any, spec: TrainingSpec) -> int:
    """Bytes of the weights' files that stay in memory off the GPU, though their numbers were packed into four bits.

    The embeddings are used where they lie in the file, which stays mapped as a whole; in another precision than the
    file's they are copied, and it is let go.
    """
    if not spec.base.quantised or spec.base.dtype != "float32":
        return 0
    packed = (module for module in model.modules() if hasattr(module, "nested_scales"))
    return sum(4 * module.in_features * module.out_features for module in packed)


def take_steps(step: Step, trained: list[Any]) -> None:
    """Two optimizer steps: from the second on, states and gradients are there while a batch is read."""
    optimizer = make_optimizer(step.spec, trained, step.ledger)
    for _ in range(2):
        for _ in range(min(step.spec.accumulation, 2)):
            step.take()
        optimizer()
        for weight in trained:
            weight.grad = None


class Step:
    """A batch read, scored and learned from, as the trainers do it."""

    def __init__(self, model: Any, spec: TrainingSpec, shape: BatchShape, device: str, ledger: Ledger) -> None:
        self.model, self.spec, self.shape, self.device, self.ledger = model, spec, shape, device, ledger
        self.score = self.written if spec.base.architecture == "seq2seq" else self.picked()

    def take(self) -> None:
        import torch

        rows, read = self.shape.rows, self.shape.read
        ids = torch.zeros((rows, read), dtype=torch.long, device=self.device)
        labels = torch.zeros((rows, self.shape.written or read), dtype=torch.long, device=self.device)
        self.ledger.label = "activations"
        loss = self.score({"input_ids": ids, "attention_mask": torch.ones_like(ids)}, labels)
        loss = loss / labels.shape[0]
        loss.backward()
        self.ledger.label = "activations"

    def picked(self) -> Any:
        """The loss of a decoder, scored at labelled positions only."""
        loss, ledger = AnswerLoss(self.model), self.ledger
        score = loss.score

        def labelled(*given: Any) -> Any:
            ledger.label = "loss"
            try:
                return score(*given)
            finally:
                ledger.label = "activations"

        loss.score = labelled  # type: ignore[method-assign, assignment]

        def summed(inputs: dict[str, Any], labels: Any) -> Any:
            with self.precision():
                return loss.summed(self.model, inputs, labels)

        return summed

    def written(self, inputs: dict[str, Any], labels: Any) -> Any:
        """The loss of an encoder-decoder, which scores every position of its decoder."""
        head = self.model.get_output_embeddings()

        def entering(head: Any, given: tuple[Any, ...]) -> None:
            given[0].register_hook(leaving)
            self.ledger.label = "loss"

        def leaving(gradient: Any) -> None:
            self.ledger.label = "activations"

        handle = head.register_forward_pre_hook(entering)
        with self.precision():
            outputs = self.model(**inputs, decoder_input_ids=labels)
        handle.remove()
        return answer_loss(replace_logits(outputs), labels, labels.numel())

    def precision(self) -> AbstractContextManager[Any]:
        import torch

        mixed = self.spec.autocast or self.spec.base.dtype == "bfloat16"
        return torch.autocast(self.device, torch.bfloat16) if mixed else nullcontext()


def replace_logits(outputs: Any) -> Any:
    """The outputs with scores in float32, as the trainers hand them on."""
    outputs["logits"] = outputs.logits.float()
    return outputs


def make_optimizer(spec: TrainingSpec, trained: list[Any], ledger: Ledger) -> Any:
    """A function that takes an optimizer step, its states counted under "optimizer"."""
    import torch

    if "8bit" in spec.optimizer:
        return eight_bits(trained, ledger)
    adam = torch.optim.AdamW(trained)

    def step() -> None:
        ledger.label = "optimizer"
        adam.step()
        ledger.label = "activations"

    return step


def eight_bits(trained: list[Any], ledger: Ledger) -> Any:
    """bitsandbytes' states: two bytes a value and its scales, two floats a value in small tensors."""
    import torch

    states: list[Any] = []

    def made(weight: Any) -> Any:
        size, device = weight.numel(), weight.device
        small = size < FEWEST_IN_8_BITS
        yield torch.empty(2 * size, dtype=torch.float32 if small else torch.uint8, device=device)
        if not small:
            yield torch.empty(2 * -(-size // STATES_BLOCK), device=device)

    def step() -> None:
        if not states:
            ledger.label = "optimizer"
            states.extend(state for weight in trained for state in made(weight))
            ledger.label = "activations"

    return step


def answers(shape: BatchShape) -> dict[Any, Answer]:
    """What depends on values, answered from the shape of the batch.

    A question that is answered by one number gets "no" or 1: rows of several lengths are padded, so that a mask is
    there; rows picked by a condition are as many as there are labels.
    """
    import torch

    aten = torch.ops.aten

    def number(tensor: Any) -> Any:
        alone = shape.rows == 1
        return alone if tensor.dtype == torch.bool else 1

    def picked(tensor: Any, indices: Any) -> Any:
        condition = indices[0]
        if len(indices) != 1 or condition.dtype != torch.bool:
            return NotImplemented
        return tensor.new_empty((shape.labels, *tensor.shape[condition.dim() :]))

    return {aten._local_scalar_dense.default: number, aten.index.Tensor: picked}
