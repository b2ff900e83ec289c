"""Counting the storage that tensors hold, operation by operation, while a computation runs or is pretended to run."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

Answer = Callable[..., Any]
MAPPED = "weights"  # they lie in files that are mapped, and are not allocated
MOST_KEPT = 32 * 1024 * 1024  # bytes above which the C library always returns what is freed


@dataclass
class Held:
    """A storage that lives, in bytes; `kept` is how many of them come from memory that the process keeps."""

    storage: Any
    label: str
    size: int
    kept: int


class Ledger:
    """How many bytes live under each label now, and how many did at the fullest moment.

    A storage counts once, however many tensors view it, until the last of them is gone. `block` is what the allocator
    rounds up to; `unused` is the share of memory it keeps that lies idle between the tensors, as a share of these.
    """

    def __init__(self, block: int = 64, unused: float = 0.0) -> None:
        self.block, self.unused = block, unused
        self.label = "activations"
        self.now: dict[str, int] = {}
        self.most: dict[str, int] = {}
        self.live = self.kept = self.peak = 0
        self.held: dict[int, Held] = {}

    def see(self, tensor: Any) -> None:
        """Count the tensor's storage under the present label, if it is a new one."""
        storage = tensor.untyped_storage()
        if storage._cdata not in self.held:
            self.hold(storage, self.label)

    def name(self, tensor: Any, label: str) -> None:
        """Count the tensor's storage under `label` from now on."""
        storage = tensor.untyped_storage()
        if (held := self.held.get(storage._cdata)) is None:
            self.hold(storage, label)
        else:
            self.now[held.label] -= held.size
            held.label = label
            self.now[label] = self.now.get(label, 0) + held.size

    def hold(self, storage: Any, label: str) -> None:
        key, size = storage._cdata, -(-storage.nbytes() // self.block) * self.block
        kept = size if label != MAPPED and size <= MOST_KEPT else 0
        self.held[key] = Held(weakref.ref(storage, lambda _: self.forget(key)), label, size, kept)
        self.now[label] = self.now.get(label, 0) + size
        self.live, self.kept = self.live + size, self.kept + kept
        taken = self.live + int(self.kept * self.unused)
        if taken > self.peak:
            self.peak, self.most = taken, dict(self.now)

    def forget(self, key: int) -> None:
        held = self.held.pop(key)
        self.now[held.label] -= held.size
        self.live, self.kept = self.live - held.size, self.kept - held.kept


def counting(ledger: Ledger, answers: dict[Any, Answer]) -> Any:
    """A context in which the ledger sees what every operation returns.

    `answers` are asked in the place of operations that cannot be computed without values; one that returns
    NotImplemented leaves the operation to torch.
    """
    from torch import Tensor
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils._pytree import tree_leaves

    class Counting(TorchDispatchMode):  # type: ignore[no-untyped-call]
        def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            out = NotImplemented
            if function in answers:
                out = answers[function](*args, **(kwargs or {}))
            if out is NotImplemented:
                out = function(*args, **(kwargs or {}))
            for leaf in tree_leaves(out):
                if isinstance(leaf, Tensor):
                    ledger.see(leaf)
            return out

    made: Any = Counting
    return made()


def name_all(ledger: Ledger, tensors: Iterable[Any], label: str) -> None:
    for tensor in tensors:
        if tensor is not None:
            ledger.name(tensor, label)
