"""What a model's folder says of it, and every way in which it is none."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from training.errors import BaseIncompatible, BaseUnavailable
from training.model_folder import check, dtypes_for, lacking, lora_modules, read_model
from training.specs import LORA_MODULES, T5_LORA_MODULES

GEMMA = {f"model.layers.0.{part}.{name}.weight": [4, 4] for part in ("self_attn", "mlp") for name in LORA_MODULES}
T5 = {f"encoder.block.0.layer.1.DenseReluDense.{name}.weight": [4, 4] for name in T5_LORA_MODULES}
SAFE = "model-00001-of-00002.safetensors"


def tensors(shapes: dict[str, list[int]]) -> bytes:
    header = json.dumps({"__metadata__": {"format": "pt"}} | {name: {"shape": shapes[name]} for name in shapes})
    return struct.pack("<Q", len(header)) + header.encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text('{"model_type": "gemma3_text", "architectures": ["Gemma3ForCausalLM"]}')
    (tmp_path / "tokenizer.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(tensors(GEMMA))
    return tmp_path


def config(folder: Path, **facts: Any) -> None:
    (folder / "config.json").write_text(json.dumps(facts))


def test_its_config_and_headers_say_what_it_is(folder):
    facts = read_model(folder)
    assert (facts.architecture, facts.parameters) == ("causal", 16 * len(GEMMA))
    assert facts.lora_modules == LORA_MODULES
    config(folder, model_type="t5")
    (folder / "model.safetensors").write_bytes(tensors(T5))
    assert (read_model(folder).architecture, read_model(folder).lora_modules) == ("seq2seq", T5_LORA_MODULES)


def test_weights_in_several_files_must_all_be_there(folder):
    index = {"weight_map": {"a": SAFE, "b": SAFE.replace("01-", "02-")}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "model.safetensors").rename(folder / SAFE)
    assert lacking(folder) == "model-00002-of-00002.safetensors is missing"
    with pytest.raises(BaseUnavailable, match="the folder is incomplete, model-00002"):
        check(folder)
    (folder / "model-00002-of-00002.safetensors").write_bytes(tensors(T5))
    assert read_model(folder).parameters == 16 * (len(GEMMA) + len(T5))
    (folder / "model.safetensors.index.json").write_text("{}")
    assert "readable" in lacking(folder)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"model_type": "bert", "architectures": ["BertForMaskedLM"]}, "a BertForMaskedLM writes no text"),
        ({}, "names no model type"),
        ({"model_type": 3}, "names no model type"),
    ],
)
def test_a_model_of_another_kind_is_refused(folder, facts, sentence):
    config(folder, **facts)
    with pytest.raises(BaseIncompatible, match=sentence):
        check(folder)


def test_pickles_and_adapters_are_refused_and_no_tokenizer_is_said(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(BaseIncompatible, match="pickles, which can run code"):
        check(folder)
    (folder / "tokenizer.json").unlink()
    assert lacking(folder) == "its tokenizer is missing (tokenizer.json)"
    (folder / "config.json").unlink()
    (folder / "adapter_config.json").write_text("{}")
    with pytest.raises(BaseIncompatible, match="holds an adapter"):
        check(folder)


@given(content=st.binary(max_size=60) | st.text(max_size=40).map(lambda text: struct.pack("<Q", 30) + text.encode()))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_weights_that_are_none_are_a_sentence(folder, content):
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(BaseIncompatible, match="no safetensors files"):
        read_model(folder)


def test_the_dtypes_are_safe_ones_and_the_modules_the_models_own():
    assert dtypes_for("gemma2", 10**9) == ("bfloat16", "float32")
    assert dtypes_for("qwen2", 10**9) == ("bfloat16", "float16", "float32")
    assert dtypes_for("llama", 10**6)[0] == "float32"
    fused = {f"h.3.mixer.{name}.weight": [4, 4] for name in ("qkv", "out")} | {
        "h.3.norm.weight": [4],
        "embed.weight": [9, 4],
    }
    assert lora_modules(fused) == ("out", "qkv")
