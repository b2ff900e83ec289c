"""How well the memory of a run is predicted: the plan's figure against the peak of the same run.

    python bench/memory_plan.py --json

Each configuration (architecture, batch, length of rows, checkpointing, 4 bits) is a random model with the shape of a
small one. A process of its own trains it for three steps with the project's trainer; another one predicts all of them
without any values. Measured is the peak above what the process took when everything was imported and had run once:
resident memory off CUDA, `torch.cuda.max_memory_allocated` on it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
TOKENIZER = ROOT / "starters" / "starter-executor"
MEGABYTE = 1024 * 1024
STEPS = 3
WORDS = "the quick brown fox jumps over lazy dogs while seven bright lamps glow near old stone walls".split()


@dataclass(frozen=True)
class Configuration:
    """A run to predict and to measure; `length` is how long its rows are, about, in tokens."""

    name: str
    model: str
    batch: int
    length: int
    choices: dict[str, Any] = field(default_factory=dict)
    quantised: bool = False
    dtype: str = "float32"


CHECKPOINTED = {"gradient_checkpointing": True}
CONFIGURATIONS = (
    Configuration("Gemma 3, short rows", "gemma", 4, 128),
    Configuration("Gemma 3, long rows", "gemma", 2, 640),
    Configuration("Gemma 3, checkpointing", "gemma", 8, 384, CHECKPOINTED),
    Configuration("Gemma 3, accumulation", "gemma", 2, 256, {"accumulation": 4}),
    Configuration("Gemma 3, four bits", "gemma", 4, 256, {}, quantised=True),
    Configuration("Gemma 3, bfloat16 autocast", "gemma", 4, 384, {"autocast": True}),
    Configuration("Qwen 2.5, one long row", "qwen", 1, 1024),
    Configuration("Qwen 2.5, batch of 8", "qwen", 8, 160),
    Configuration("Qwen 2.5, checkpointing", "qwen", 8, 320, CHECKPOINTED),
    Configuration("Qwen 2.5, four bits", "qwen", 4, 320, {}, quantised=True),
    Configuration("Qwen 2.5, four bits, checkpointing", "qwen", 8, 448, CHECKPOINTED, quantised=True),
    Configuration("T5, short rows", "t5", 8, 128),
    Configuration("T5, long rows", "t5", 4, 448),
    Configuration("T5, checkpointing", "t5", 8, 384, CHECKPOINTED),
)


def main() -> None:
    asked = arguments()
    if asked.child:
        print(json.dumps(child(json.loads(sys.stdin.read()))))
        return
    found = measure([each for each in CONFIGURATIONS if asked.only in each.name])
    print(json.dumps(found, indent=2) if asked.json else as_table(found))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Predicted against measured peak memory.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--only", default="", help="part of the names of the configurations to run")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def measure(configurations: list[Configuration]) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        facts = [vars(each) | {"folder": folder} for each in configurations]
        predicted = ask({"predict": facts})
        with ThreadPoolExecutor(max_workers=1 if predicted["device"] == "cuda" else 2) as pool:
            measured = list(pool.map(lambda each: ask({"measure": each}), facts))
    rows = [
        row(each, expected, seen)
        for each, expected, seen in zip(configurations, predicted["memory"], measured, strict=True)
    ]
    errors = [each["error"] for each in rows]
    metrics = {
        "median_error": {"value": round(median(errors), 4), "target": 0.10, "better": "lower"},
        "worst_error": {"value": round(max(errors), 4), "target": 0.15, "better": "lower"},
        "configurations": {"value": len(rows), "target": 12, "better": "higher"},
    }
    about = {"slowest_prediction_seconds": predicted["slowest"], "rows": rows}
    return {"name": "memory_plan", "machine": machine(predicted["device"]), "metrics": metrics, **about}


def row(configuration: Configuration, predicted: dict[str, int], measured: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": configuration.name,
        "predicted_mb": round(predicted["total"] / MEGABYTE, 1),
        "measured_mb": round(measured["peak"] / MEGABYTE, 1),
        "error": round(abs(predicted["total"] / measured["peak"] - 1), 4),
        "parts_mb": {name: round(size / MEGABYTE, 1) for name, size in predicted.items()},
    }


def machine(device: str) -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {device}"


def ask(question: dict[str, Any]) -> Any:
    """The answer of a process of its own."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", __file__, "--child"],
        input=json.dumps(question),
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(ran.stdout.splitlines()[-1])


def child(question: dict[str, Any]) -> Any:
    import torch

    torch.manual_seed(0)
    return predictions(question["predict"]) if "predict" in question else measured_peak(question["measure"])


def predictions(configurations: list[dict[str, Any]]) -> dict[str, Any]:
    """Predict all of them; the models' folders are made on the way."""
    import time

    import torch

    from training.ml.lengths import row_lengths
    from training.ml.loading import load_tokenizer
    from training.ml.memory import predict
    from training.planning.batch_shape import largest_batch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    memory, slowest = [], 0.0
    for facts in configurations:
        make_model(facts["model"], facts["folder"])
        spec = spec_of(facts)
        shape = largest_batch(row_lengths(spec, load_tokenizer(spec.base), spec.rows), spec.batch)
        began = time.monotonic()
        memory.append(predict(spec, shape, device))
        slowest = max(slowest, time.monotonic() - began)
    return {"memory": memory, "slowest": round(slowest, 2), "device": device}


def measured_peak(facts: dict[str, Any]) -> dict[str, Any]:
    """Train a very small model first, so that what follows is memory of the run itself."""
    import gc

    make_model("tiny", facts["folder"] + f"/{os.getpid()}")
    train(facts | {"model": "tiny", "folder": facts["folder"] + f"/{os.getpid()}", "batch": 1, "length": 32})
    gc.collect()
    before = fresh_peak()
    train(facts)
    return {"peak": peak() - before}


def train(facts: dict[str, Any]) -> None:
    from training.ml.loading import load_tokenizer
    from training.ml.trainer import make_trainer

    spec = spec_of(facts)
    make_trainer(spec, load_tokenizer(spec.base), lambda event: None).train()


def fresh_peak() -> int:
    """Forget the peak so far; bytes taken now."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
        return int(torch.cuda.memory_allocated())
    Path("/proc/self/clear_refs").write_text("5")
    return peak()


def peak() -> int:
    import torch

    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated())
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def spec_of(facts: dict[str, Any]) -> Any:
    from training.specs import LORA_MODULES, T5_LORA_MODULES, BaseSpec, LoraSpec, TrainingSpec

    t5 = facts["model"] == "t5"
    base = BaseSpec(
        f"{facts['folder']}/{facts['model']}",
        architecture="seq2seq" if t5 else "causal",
        dtype=facts["dtype"],
        quantised=facts["quantised"],
    )
    return TrainingSpec(
        base=base,
        directory=f"{facts['folder']}/{os.getpid()}",
        rows=rows(facts["batch"], facts["length"]),
        validation=(),
        lora=LoraSpec(modules=T5_LORA_MODULES if t5 else LORA_MODULES),
        batch=facts["batch"],
        longest=4096,
        steps=STEPS,
        checkpoint_every=1000,
        threads=1,
        **facts["choices"],
    )


def rows(batch: int, length: int) -> tuple[dict[str, Any], ...]:
    """Rows of about so many tokens, a quarter of them the answer."""
    from random import Random

    random = Random(1)

    def text(tokens: int) -> str:
        return " ".join(random.choices(WORDS, k=max(1, tokens // 3)))

    return tuple(
        {
            "messages": [
                {"role": "user", "content": text(3 * length // 4)},
                {"role": "assistant", "content": text(length // 4)},
            ],
            "tools": [],
            "context": "",
        }
        for _ in range(4 * batch)
    )


def make_model(kind: str, folder: str) -> None:
    """A model with random weights and the tokenizer of the starters, unless it is there."""
    from transformers import AutoTokenizer

    target = Path(folder, kind)
    if target.is_dir():
        return
    random_model(kind).save_pretrained(target)
    AutoTokenizer.from_pretrained(TOKENIZER).save_pretrained(target)


def random_model(kind: str) -> Any:
    import transformers as library

    tiny = kind == "tiny"
    if kind == "t5":
        config = library.T5Config(
            vocab_size=8192, d_model=384, d_kv=64, d_ff=1024, num_layers=4, num_heads=6, feed_forward_proj="gated-gelu",
            tie_word_embeddings=False, decoder_start_token_id=0,
        )  # fmt: skip
        return library.T5ForConditionalGeneration(config)
    if kind == "qwen":
        config = library.Qwen2Config(
            vocab_size=32768, hidden_size=512, intermediate_size=1536, num_hidden_layers=6, num_attention_heads=8,
            num_key_value_heads=2, tie_word_embeddings=True,
        )  # fmt: skip
        return library.Qwen2ForCausalLM(config)
    config = library.Gemma3TextConfig(
        vocab_size=2048 if tiny else 16384, hidden_size=64 if tiny else 512, num_hidden_layers=2 if tiny else 6,
        intermediate_size=128 if tiny else 1536, num_attention_heads=4, num_key_value_heads=1,
        head_dim=64, max_position_embeddings=4096,
    )  # fmt: skip
    return library.Gemma3ForCausalLM(config)


def as_table(found: dict[str, Any]) -> str:
    lines = [f"{found['name']} on {found['machine']}"]
    lines += [
        f"{each['name']:36} {each['predicted_mb']:8.1f} MB predicted, {each['measured_mb']:8.1f} measured"
        f" ({each['error']:.1%})"
        for each in found["rows"]
    ]
    lines += [f"{name:20} {each['value']} (target {each['target']})" for name, each in found["metrics"].items()]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
