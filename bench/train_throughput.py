"""How fast a decoder learns, and in how much memory: a plain TRL script with its defaults, and this project's trainer.

    python bench/train_throughput.py --json [--steps 3] [--rounds 1] [--vocabularies 4096 65536 262144]

Both train the same LoRA on the same rows (long prompts that declare tools, short answers that call them), with the
same batch, optimizer, rate and seed, on a small Gemma 3 of random weights with a vocabulary of 4k, 65k and 262k
tokens. Each run is a process of its own, the two trainers taking turns. Every optimizer step sees all rows, so that
the losses can be compared step by step whatever order the rows come in. Tokens are input tokens without padding;
seconds are counted from the end of the first step. Memory is the process's peak resident size.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

ROWS = {4096: 8, 65536: 8, 262144: 2}  # fewer where a step of the plain script takes minutes
ACCUMULATION = 2
SEED, RATE, RANK = 7, 2e-3, 16
VOCABULARIES = {4096: "v4k", 65536: "v65k", 262144: "v262k"}
SPEEDUPS = {"v4k": 1.3, "v65k": 4.0, "v262k": 2.5}
MEMORY_RATIO, LOSS_DIFFERENCE = 0.7, 0.005
ARMS = ("plain", "ours")

Found = dict[str, float]


def main() -> None:
    asked = arguments()
    if asked.arm:
        print(json.dumps(ARM[asked.arm](Path(asked.base), asked.steps, asked.threads)))
        return
    found = measure(asked.vocabularies, asked.steps, asked.rounds, asked.threads)
    print(json.dumps(found, indent=2) if asked.json else as_table(found))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Training speed and memory against a plain TRL script.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--steps", type=int, default=3, help="optimizer steps of each run, at least 2")
    parser.add_argument("--rounds", type=int, default=1, help="how often each trainer has its turn")
    parser.add_argument("--threads", type=int, default=1, help="threads to compute on")
    parser.add_argument("--vocabularies", type=int, nargs="+", choices=VOCABULARIES, default=list(VOCABULARIES))
    parser.add_argument("--arm", choices=ARMS, help=argparse.SUPPRESS)
    parser.add_argument("--base", help=argparse.SUPPRESS)
    return parser.parse_args()


def measure(vocabularies: list[int], steps: int, rounds: int, threads: int) -> dict[str, Any]:
    runs: dict[str, dict[str, list[Found]]] = {}
    for vocabulary in vocabularies:
        with TemporaryDirectory() as folder:
            make_base(Path(folder), vocabulary)
            turns: dict[str, list[Found]] = {arm: [] for arm in ARMS}
            for _ in range(rounds):
                for arm in ARMS:
                    turns[arm].append(child(arm, Path(folder), steps, threads))
        runs[VOCABULARIES[vocabulary]] = turns
    return {"name": "train_throughput", "machine": machine(), "steps": steps, "metrics": metrics(runs), "runs": runs}


def metrics(runs: dict[str, dict[str, list[Found]]]) -> dict[str, dict[str, Any]]:
    found = {}
    for name, turns in runs.items():
        speed, memory = ratio(turns, "tokens_per_second"), ratio(turns, "peak_mb")
        found[f"speedup_{name}"] = metric(speed, SPEEDUPS[name], "higher")
        found[f"memory_ratio_{name}"] = metric(memory, MEMORY_RATIO if name == "v65k" else 1.0, "lower")
    differences = [abs(ratio(turns, "loss") - 1) for turns in runs.values()]
    return found | {"loss_difference": metric(max(differences), LOSS_DIFFERENCE, "lower")}


def ratio(turns: dict[str, list[Found]], figure: str) -> float:
    """Ours by plain, of the medians of their runs."""
    plain, ours = (median(run[figure] for run in turns[arm]) for arm in ARMS)
    return ours / plain


def metric(value: float, target: float, better: str) -> dict[str, Any]:
    return {"value": round(value, 5), "target": target, "better": better}


def machine() -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def child(arm: str, base: Path, steps: int, threads: int) -> Found:
    """One run in a process of its own."""
    environment = os.environ | {"OMP_NUM_THREADS": str(threads), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, __file__, "--arm", arm, "--base", base, "--steps", steps, "--threads", threads]
    ran = subprocess.run(list(map(str, command)), env=environment, stdout=subprocess.PIPE, check=True)
    found: Found = json.loads(ran.stdout.splitlines()[-1])
    return found


def make_base(folder: Path, vocabulary: int) -> None:
    """A Gemma 3 of four layers, 256 wide, with random weights and our tokenizer, and the rows beside it."""
    from training.functiongemma import segments
    from training.ml.pretrain import new_model
    from training.ml.recipes import Recipe
    from training.ml.tokenizer import train_tokenizer
    from training.starters import calls_corpus

    random = Random(SEED)
    made = [calls_corpus.conversation(random) for _ in range(400)]
    tokenizer = train_tokenizer(("".join(t for t, _ in segments(c.messages, c.tools)) for c in made), vocabulary=1024)
    recipe = Recipe("bench", "calls", vocabulary=vocabulary, hidden=256, layers=4, feed_forward=1024)
    new_model(recipe, tokenizer).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    rows = [{"messages": c.messages[:2], "tools": c.tools, "context": ""} for c in made if fits(c)]
    (folder / "rows.json").write_text(json.dumps(list(islice(rows, ROWS[vocabulary]))))


def fits(conversation: Any) -> bool:
    """Whether it begins with a wish and its call."""
    messages = conversation.messages
    return [each["role"] for each in messages[:2]] == ["user", "assistant"] and bool(messages[1].get("tool_calls"))


def plain(base: Path, steps: int, threads: int) -> Found:
    """What one writes after reading TRL's guide."""
    import torch
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM
    from trl import SFTConfig, SFTTrainer

    from training.ml.causal import tokenised
    from training.ml.loading import load_tokenizer
    from training.specs import LORA_MODULES, BaseSpec

    torch.set_num_threads(threads)
    tokenizer = load_tokenizer(BaseSpec(str(base)))
    rows = tokenised(tuple(json.loads((base / "rows.json").read_text())), tokenizer, 4096)
    with TemporaryDirectory() as folder:
        trainer = SFTTrainer(
            model=AutoModelForCausalLM.from_pretrained(base),
            args=SFTConfig(
                folder,
                per_device_train_batch_size=len(rows) // ACCUMULATION,
                gradient_accumulation_steps=ACCUMULATION,
                learning_rate=RATE,
                weight_decay=0.01,
                warmup_steps=0.05,
                lr_scheduler_type="cosine",
                max_steps=steps,
                optim="adamw_torch",
                seed=SEED,
                max_length=4096,
                use_cpu=not torch.cuda.is_available(),
                report_to="none",
                disable_tqdm=True,
            ),
            train_dataset=rows,
            processing_class=tokenizer,
            peft_config=LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules=list(LORA_MODULES)),
        )
        return timed(trainer, rows)


def ours(base: Path, steps: int, threads: int) -> Found:
    from training.ml.causal import tokenised
    from training.ml.loading import load_tokenizer, use_threads
    from training.ml.pretrain import fast_bfloat16
    from training.ml.run_log import RunLog
    from training.ml.trainer import make_trainer
    from training.specs import BaseSpec, LoraSpec, TrainingSpec

    use_threads(threads)
    rows = tuple(json.loads((base / "rows.json").read_text()))
    with TemporaryDirectory() as folder:
        spec = TrainingSpec(
            base=BaseSpec(str(base)),
            directory=folder,
            rows=rows,
            validation=(),
            lora=LoraSpec(RANK, 2 * RANK, 0.0),
            steps=steps,
            batch=len(rows) // ACCUMULATION,
            accumulation=ACCUMULATION,
            learning_rate=RATE,
            longest=4096,
            seed=SEED,
            checkpoint_every=1000,
            autocast=fast_bfloat16(),
        )
        log, tokenizer = RunLog(Path(folder), lambda event: None), load_tokenizer(spec.base)
        trainer = make_trainer(spec, tokenizer, log)
        with log.kept(spec, 0):
            return timed(trainer, tokenised(rows, tokenizer, spec.longest))


def timed(trainer: Any, rows: Any) -> Found:
    """Train, and tell tokens a second, peak memory and the mean loss of a step."""
    from transformers import TrainerCallback

    class Clock(TrainerCallback):
        ends: list[float] = []

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self.ends.append(time.perf_counter())

    trainer.add_callback(Clock())
    loss = trainer.train().training_loss
    tokens = sum(map(len, rows["input_ids"]))
    labelled = sum(label != -100 for labels in rows["labels"] for label in labels)
    seconds = (Clock.ends[-1] - Clock.ends[0]) / (len(Clock.ends) - 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "tokens_per_second": round(tokens / seconds, 1),
        "peak_mb": round(peak, 1),
        "loss": loss,
        "tokens_a_row": round(tokens / len(rows), 1),
        "labelled_a_row": round(labelled / len(rows), 1),
    }


ARM = {"plain": plain, "ours": ours}


def as_table(found: dict[str, Any]) -> str:
    lines = [f"{key:20} {each['value']:>10} (target {each['target']})" for key, each in found["metrics"].items()]
    return "\n".join([f"{found['name']} on {found['machine']}, ours by plain", *lines])


if __name__ == "__main__":
    main()
