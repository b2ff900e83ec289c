"""The starters' tokenizer: byte-level BPE in which a value is the same tokens wherever it stands.

Small models copy token by token, so a value must not be cut differently after a space or inside a Thai
sentence. Spaces are tokens of their own, digits stand alone, and Thai is cut into character clusters
(a consonant with its vowels and tone marks), whose borders every word border respects.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from training.functiongemma import CHAT_TEMPLATE, CONTROL_TOKENS
from training.scoring.fidelity import THAI

THAI_CLUSTER = r"[เแโใไ]?[ก-ฮ][ะ-ฺ็-๎]*"
PIECES = rf"{THAI_CLUSTER}|[^\W\d_ก-๛]+|\d|\s|_|[^\w\s]"


def train_tokenizer(texts: Iterable[str], *, vocabulary: int) -> Any:
    """A `PreTrainedTokenizerFast` of `vocabulary` entries with FunctionGemma's control tokens and template."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECES), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=vocabulary,
            special_tokens=list(CONTROL_TOKENS),
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<bos>",
        eos_token="<end_of_turn>",
        pad_token="<pad>",
        unk_token="<unk>",
        padding_side="left",
        clean_up_tokenization_spaces=False,
        chat_template=CHAT_TEMPLATE,
        additional_special_tokens=[t for t in CONTROL_TOKENS if t not in {"<bos>", "<pad>", "<unk>", "<end_of_turn>"}],
    )


def narrowed(tokenizer: Any, vocabulary: int) -> Any:
    """The tokenizer with its first `vocabulary` entries only: the merges learned last, of the rarest pieces, go."""
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    facts = json.loads(tokenizer.backend_tokenizer.to_str())
    kept = {piece: number for piece, number in facts["model"]["vocab"].items() if number < vocabulary}
    facts["model"]["vocab"] = kept
    facts["model"]["merges"] = [pair for pair in facts["model"]["merges"] if "".join(pair) in kept]
    return PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_str(json.dumps(facts)), **tokenizer.init_kwargs)


def pieces(tokenizer: Any) -> tuple[list[str], list[str]]:
    """The Latin pieces in small letters, and the Thai ones, of which words can be put together."""
    found = sorted({tokenizer.decode([number]) for number in range(len(tokenizer))})
    latin = sorted({piece.lower() for piece in found if re.fullmatch("[A-Za-z]+", piece)})
    return latin, [piece for piece in found if re.fullmatch(f"[{THAI}]+", piece)]
