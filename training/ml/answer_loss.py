"""The loss of a decoder, scored where there is something to learn and nowhere else.

In a row of 1,000 tokens perhaps 30 are the assistant's. The output head is by far the widest layer of a small
model, and what it makes of the other 970 never reaches the loss. So the hidden states of the labelled positions
are picked out in front of the head, and scored in parts so small that no part's scores need much memory. Loss and
gradient are those of scoring every position.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from training.ml.rows import IGNORED

PART_BYTES = 32 * 1024 * 1024  # of float32 scores at a time
TRIED = 16  # tokens of a row on which the shortcut has to agree with the model's own scores
AGREES = 0.01  # relative difference that bfloat16 accounts for


class AnswerLoss:
    """Stands before a model's output head and, while a batch is being scored, takes its place.

    The head must be frozen: the gradient goes on to the hidden states, not to the head's weights. It is computed
    within the model's own forward, so that autocast and sharded weights are as they would be for the head.
    """

    def __init__(self, model: Any) -> None:
        self.head = model.get_output_embeddings()
        self.cap: float | None = getattr(model.config.get_text_config(), "final_logit_softcapping", None)
        self.wanted: Any = None
        self.total: Any = None
        self.head.register_forward_pre_hook(self.before_head)

    def summed(self, model: Any, inputs: dict[str, Any], labels: Any) -> Any:
        """The sum of the cross-entropies of all labels of a batch, in float32; `labels` is (rows, length)."""
        self.wanted, self.total = next_tokens(labels), None
        try:
            model(**inputs, use_cache=False)
        finally:
            self.wanted = None
        total, self.total = self.total, None
        return total

    def before_head(self, head: Any, given: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """Score the hidden states (rows, length, width), and leave none of them for the head itself to score."""
        if self.wanted is None:
            return None
        hidden = given[0]
        at = self.wanted != IGNORED
        self.total = self.score(hidden[at], self.wanted[at])
        return (hidden[:, :0], *given[1:])

    def score(self, hidden: Any, wanted: Any) -> Any:
        """Summed loss of `hidden` (labels, width), which carries its gradient with it, one part after the other."""
        import torch

        learning = torch.is_grad_enabled() and hidden.requires_grad
        total, gradients = torch.zeros((), device=hidden.device), list[Any]()
        for part in parts(len(wanted), self.head.weight.shape[0]):
            with torch.set_grad_enabled(learning):
                states = hidden[part].detach().requires_grad_(learning)
                scores = self.capped(self.head.forward(states)).float()
                loss = torch.nn.functional.cross_entropy(scores, wanted[part], reduction="sum")
                gradients += torch.autograd.grad(loss, states) if learning else ()
            total += loss.detach()
            del scores, loss
        if not learning:
            return total
        gradient = torch.cat(gradients) if gradients else hidden.detach()
        return total + ((hidden - hidden.detach()).float() * gradient.float()).sum()  # adds 0, and this gradient

    def capped(self, scores: Any) -> Any:
        """Gemma's soft limit on how large a score may be."""
        return scores if self.cap is None else (scores / self.cap).tanh() * self.cap


def parts(labels: int, vocabulary: int) -> Iterator[slice]:
    """Slices of `labels` positions whose scores fit into `PART_BYTES` each."""
    size = max(1, PART_BYTES // (4 * vocabulary))
    return (slice(start, start + size) for start in range(0, labels, size))


def next_tokens(labels: Any) -> Any:
    """What each position should predict: the label of the one after it, and nothing at the last; same shape."""
    import torch

    return torch.nn.functional.pad(labels[:, 1:], (0, 1), value=IGNORED)


def answer_loss_for(model: Any, row: Sequence[int]) -> AnswerLoss | None:
    """The shortcut for this model, or None when it would not score like the model itself.

    An architecture may do more to its scores than this module knows of, so both are asked about the beginning of
    `row` (token ids), once.
    """
    import torch

    head = model.get_output_embeddings()
    if head is None or any(weight.requires_grad for weight in head.parameters()):
        return None
    loss, training = AnswerLoss(model), model.training
    ids = torch.tensor([list(row[:TRIED])], device=model.device)
    model.eval()
    with torch.no_grad():
        scores = model(input_ids=ids).logits[0, :-1].float()
        ours = loss.summed(model, {"input_ids": ids}, ids)
    model.train(training)
    theirs = torch.nn.functional.cross_entropy(scores, ids[0, 1:], reduction="sum")
    return loss if ours is not None and torch.allclose(ours, theirs, rtol=AGREES) else None
