"""What preflight asks of the base's files, of an empty model and of this machine, as plain numbers."""

from __future__ import annotations

import shutil
import subprocess
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from training.errors import ImpossiblePlan
from training.ml.adapters import adapted
from training.ml.empty_model import config_of, empty_base
from training.preflight.adapter import AdapterFacts
from training.preflight.tokens import PROBE, TokenizerFacts
from training.specs import BaseSpec, TrainingSpec

FIRST_BFLOAT16 = 8.0  # compute capability of the first NVIDIA GPUs with bfloat16 in hardware (Ampere)
CPU_BFLOAT16 = ("avx512_bf16", "amx_bf16", "bf16")


@dataclass(frozen=True)
class ModelFacts(AdapterFacts):
    """What the adapter would be, and the kind of the base."""

    model_type: str = ""


def adapter_facts(spec: TrainingSpec) -> ModelFacts:
    """Of the spec's base with a new adapter, both made empty and not in 4 bits, which the sizes do not depend on."""
    import torch

    planned, kind = spec.lora.modules, str(config_of(spec.base).model_type)
    with torch.device("meta"):
        try:
            model = empty_base(replace(spec.base, quantised=False))
        except ValueError as problem:  # transformers knows no such model
            said = (str(problem).splitlines() or [""])[0]
            return ModelFacts(planned, problem=f"This base cannot be built here: {said}", model_type=kind)
        weights, layers = sum(each.numel() for each in model.parameters()), linear_layers(model, planned)
        trainable, problem_said = adapter_weights(model, spec)
    return ModelFacts(
        planned=planned,
        found=[name for name in planned if any(name == layer for layer, _, _ in layers)],
        planned_weights=sum(spec.lora.rank * (rows + columns) for _, rows, columns in layers),
        trainable=trainable,
        base_weights=weights,
        problem=problem_said,
        model_type=kind,
    )


def adapter_weights(model: Any, spec: TrainingSpec) -> tuple[int, str]:
    """How many weights the spec's adapter gives the model to learn, and why it cannot be made where it cannot."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # the libraries' words to one another
        try:
            made = adapted(model, replace(spec, base=replace(spec.base, quantised=False), adapter=""))
        except ImpossiblePlan as problem:
            return 0, str(problem)
    return sum(each.numel() for each in made.parameters() if each.requires_grad), ""


def linear_layers(model: Any, kinds: tuple[str, ...]) -> list[tuple[str, int, int]]:
    """(kind, rows, columns) of every layer of those kinds that reads text."""
    found = []
    for path, module in model.named_modules():
        kind, weight = path.rpartition(".")[2], getattr(module, "weight", None)
        if kind in kinds and "vision" not in path and weight is not None and weight.dim() == 2:
            found.append((kind, *weight.shape))
    return found


def positions(base: BaseSpec) -> int:
    """How many tokens the base reads at once; 0 where its positions are relative."""
    if base.architecture == "seq2seq":
        return 0
    text = config_of(base).get_text_config()
    return int(getattr(text, "max_position_embeddings", 0) or 0)


def tokenizer_facts(base: BaseSpec, tokenizer: Any) -> TokenizerFacts:
    backend = getattr(tokenizer, "backend_tokenizer", None)
    before = getattr(backend, "pre_tokenizer", None)
    shares = tokenizer.pad_token_id == tokenizer.eos_token_id
    return TokenizerFacts(
        model_type=str(config_of(base).model_type),
        vocabulary=len(tokenizer),
        pieces=tuple(piece for piece, _ in before.pre_tokenize_str(PROBE)) if before else (),
        shares_padding=shares,
        masks_padding=masks_padding(tokenizer) if shares and base.architecture == "causal" else True,
    )


def masks_padding(tokenizer: Any) -> bool:
    """Whether a batch of the trainer's keeps the labels of the ends of turns, and none on padding."""
    from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

    end = tokenizer.eos_token_id
    rows = [{"input_ids": [end] * length, "labels": [end] * length} for length in (3, 1)]
    labels = DataCollatorForLanguageModeling(pad_token_id=tokenizer.pad_token_id)(rows)["labels"]
    return [int((row == end).sum()) for row in labels] == [3, 1]


def device() -> str:
    """Where a run would compute: "GPU" or "processor"."""
    import torch

    return "GPU" if torch.cuda.is_available() else "processor"


def fast_bfloat16(where: str) -> bool | None:
    """Whether the device computes bfloat16 in hardware, None where it does not say; nothing is put on a GPU to ask."""
    if where == "GPU":
        asked = ["nvidia-smi", "--query-gpu=compute_cap", "--format=csv,noheader"]
        found = subprocess.run(asked, capture_output=True, text=True, check=False) if shutil.which(asked[0]) else None
        first = found.stdout.split("\n", 1)[0].strip() if found and found.returncode == 0 else ""
        return float(first) >= FIRST_BFLOAT16 if first.replace(".", "", 1).isdecimal() else None
    import torch

    known = torch.cpu.get_capabilities()
    return any(known.get(name, False) for name in CPU_BFLOAT16) if known else None


def free_space(directory: str) -> int:
    """Bytes free where the run will write, be the folder there already or not."""
    place = Path(directory).absolute()
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free
