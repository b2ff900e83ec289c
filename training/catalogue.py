"""The bases a team can start from: the project's own starters, and the hub's models the packs were made for.

A pinned revision is a commit of the model's repository, as public projects that pin the same model name it;
where it is empty the commit that `main` stands at when the base is first used is kept in its row.
"""

from __future__ import annotations

from dataclasses import dataclass

from training.specs import LORA_MODULES, T5_LORA_MODULES


@dataclass(frozen=True)
class CatalogueEntry:
    slug: str
    name: str
    source: str
    architecture: str
    model_type: str
    dtypes: tuple[str, ...]
    parameters: int
    licence: str
    revision: str = ""
    gated: bool = False
    note: str = ""
    fallback: str = ""
    lora_modules: tuple[str, ...] = LORA_MODULES


GEMMA_GATE = "Accept Google's terms on the model's page, then set HF_TOKEN to a read token of that account."
CATALOGUE = (
    CatalogueEntry(
        "starter-executor", "Starter executor", "starter-executor", "causal", "gemma3_text", ("float32", "bfloat16"),
        4_199_168, "Same as AI Director",
        note="Made by `manage.py build_starters`: calls tools it is shown, in English and Thai. It knows no facts.",
    ),
    CatalogueEntry(
        "starter-thinker", "Starter thinker", "starter-thinker", "causal", "gemma3_text", ("float32", "bfloat16"),
        4_199_168, "Same as AI Director",
        note="Made by `manage.py build_starters`: writes from the facts it is given. It is no general writer.",
    ),
    CatalogueEntry(
        "functiongemma-270m-it", "FunctionGemma 270M", "google/functiongemma-270m-it", "causal", "gemma3_text",
        ("bfloat16", "float32"), 268_098_176, "Gemma terms", gated=True,
        revision="39eccb091651513a5dfb56892d3714c1b5b8276c",
        note=f"Never float16: Gemma 3 overflows there. {GEMMA_GATE}",
    ),
    CatalogueEntry(
        "qwen2.5-7b-instruct", "Qwen2.5 7B Instruct", "Qwen/Qwen2.5-7B-Instruct", "causal", "qwen2",
        ("bfloat16", "float16", "float32"), 7_615_616_512, "Apache-2.0",
        revision="a09a35458c702b33eeacc393d103063234e8bc28", note="In 4 bits it was trained on 15 GB of GPU memory.",
    ),
    CatalogueEntry(
        "flan-t5-base", "Flan-T5 base", "google/flan-t5-base", "seq2seq", "t5", ("float32", "bfloat16"),
        247_577_856, "Apache-2.0", revision="7bcac572ce56db69c1ea7c8af255c5d7c9672fc2",
        note="Writes texts, calls no tools. Its vocabulary has no Thai. Not float16: T5 overflows there.",
        lora_modules=T5_LORA_MODULES,
    ),
    CatalogueEntry(
        "t5gemma-2-1b-1b", "T5Gemma 2 1B-1B", "google/t5gemma-2-1b-1b", "seq2seq", "t5gemma2",
        ("bfloat16", "float32"), 2_100_000_000, "Gemma terms", gated=True, fallback="flan-t5-base",
        note=f"Writes texts, calls no tools. Pinned to the commit it is first used at. {GEMMA_GATE}",
    ),
    CatalogueEntry(
        "gemma-2-2b-it", "Gemma 2 2B", "google/gemma-2-2b-it", "causal", "gemma2", ("bfloat16", "float32"),
        2_614_341_888, "Gemma terms", revision="299a8560bedf22ed1c72a8a11e7dce4a7f9f51f8", gated=True, note=GEMMA_GATE,
    ),
)  # fmt: skip
