"""From base and adapter to one set of weights that answers the same.

A 4-bit base is dequantised first and the adapter is merged into exactly those numbers: merging into the
original full-precision weights, or rounding back to 4 bits, would make another model than the one measured.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from training.ml.loading import load_base
from training.specs import BaseSpec


def merge(base: BaseSpec, adapter: str, target: Path, tokenizer: Any) -> None:
    """Write the merged model and its tokenizer into `target`, as safetensors in the base's dtype."""
    from peft import PeftModel

    model = load_base(base)
    if base.quantised:
        model = model.dequantize()
    tied = model.config.tie_word_embeddings
    merged = PeftModel.from_pretrained(model, adapter).merge_and_unload(safe_merge=True)
    merged.config.tie_word_embeddings = tied  # PEFT takes a T5Gemma, tied to its decoder's input, for untied
    merged.config.quantization_config = None
    del merged.config.quantization_config
    merged.save_pretrained(target)
    tokenizer.save_pretrained(target)
