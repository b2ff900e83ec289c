"""The starters' tokenizer: byte-level BPE in which a value is the same tokens wherever it stands.

Small models copy token by token, so a value must not be cut differently after a space or inside a Thai
sentence. Spaces are tokens of their own, digits stand alone, and Thai is cut into character clusters
(a consonant with its vowels and tone marks), whose borders every word border respects.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from training.functiongemma import CHAT_TEMPLATE, CONTROL_TOKENS

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
