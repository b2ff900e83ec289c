"""Tokenizers and models, from a folder or from the hub, in the form a spec asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from training.errors import BaseUnavailable
from training.specs import ArmSpec, BaseSpec


def quietly() -> None:
    """Keep the libraries' own progress bars and notices out of a worker's log."""
    import logging

    from transformers.utils import logging as transformers_logging

    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)


def use_threads(count: int) -> None:
    """Compute on `count` threads; 0 leaves the machine's default."""
    import torch

    if count:
        torch.set_num_threads(count)


def load_tokenizer(base: BaseSpec) -> Any:
    from transformers import AutoTokenizer

    tokenizer = _found(base, AutoTokenizer)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    tokenizer.padding_side = "right" if base.architecture == "seq2seq" else "left"
    return tokenizer


def load_base(base: BaseSpec) -> Any:
    """The base model in the spec's dtype, 4-bit (NF4, double quantisation) when it says so."""
    import torch
    from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, BitsAndBytesConfig

    quietly()
    dtype = getattr(torch, base.dtype)
    options: dict[str, Any] = {"dtype": dtype}
    if torch.cuda.is_available():
        options["device_map"] = {"": 0}
    if base.quantised:
        options["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=dtype,
        )
    return _found(base, AutoModelForSeq2SeqLM if base.architecture == "seq2seq" else AutoModelForCausalLM, **options)


def load_arm(arm: ArmSpec) -> Any:
    """The model that answers for an arm, in evaluation mode: its base, with its adapter on it if it has one.

    Off CUDA a 4-bit base is dequantised: what bitsandbytes answers with there rounds to bfloat16, which neither
    training nor the merged weights do.
    """
    import torch

    model = load_base(arm.base)
    if arm.base.quantised and not torch.cuda.is_available():
        model = model.dequantize()
    if arm.adapter:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, arm.adapter)
    return model.eval()


def _found(base: BaseSpec, factory: Any, **options: Any) -> Any:
    """`factory.from_pretrained`, or one sentence about what is missing."""
    local = Path(base.source).is_dir()
    if not local and base.revision:
        options["revision"] = base.revision
    try:
        return factory.from_pretrained(base.source, **options)
    except (OSError, ConnectionError) as problem:
        where = "the folder is incomplete" if local else "it is not in this machine's cache and the hub does not answer"
        raise BaseUnavailable(
            f"The model '{base.source}' cannot be loaded: {where}. "
            "Download it on a machine with access, or choose another base (manage.py doctor lists them)."
        ) from problem
