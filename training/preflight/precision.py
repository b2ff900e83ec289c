"""Do the planned numbers hold the base's values, and can this machine compute with them?"""

from __future__ import annotations

from training.preflight.verdicts import Check, Verdict

CHECK = Check("dtype", "Number format")
OVERFLOWS = ("gemma", "t5", "mt5", "umt5", "longt5")  # families whose activations leave float16's range of 65,504


def precision(model_type: str, dtype: str, *, autocast: bool, fast: bool | None, device: str) -> Verdict:
    """`fast` tells whether the device computes bfloat16 in hardware, None when that is not known."""
    if dtype == "float16" and model_type.startswith(OVERFLOWS):
        said = f"Models of the kind '{model_type}' overflow in float16: the loss becomes no number, often much later."
        return CHECK.failed(said, "Set the plan's dtype to bfloat16 or float32.")
    computed = "bfloat16" if autocast else dtype
    if computed == "bfloat16" and fast is False:
        said = f"This machine's {device} has no bfloat16 in hardware: the run works, and may take many times as long."
        return CHECK.warning(said, "Set the plan's dtype to float32, or train on a machine that has it.")
    how = f", computed in {computed}" if computed != dtype else ""
    return CHECK.passed(f"Weights in {dtype}{how}, on this machine's {device}.")
