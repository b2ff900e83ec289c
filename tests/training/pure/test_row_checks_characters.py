from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.pure.checked_rows import VOLUME, call_row, codes, found, places, talk
from training.row_checks.mojibake import wrongly_read
from training.row_checks.thai import is_sound


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a\ud800b", "lone_surrogate"),
        ("caf\ufffd", "replacement_character"),
        ("a\x00b", "control_character"),
        ("a\x1b[0mb", "control_character"),
        ("a\x85b", "control_character"),
        ("one\r\ntwo", "carriage_return"),
        ("a\u200bb", "invisible_character"),
        ("ไทย\u200bคำ", "invisible_character"),
        ("\ufeffHello", "invisible_character"),
        ("a\u202eb", "invisible_character"),
        ("a\u2028b", "invisible_character"),
        ("a\u200db", "invisible_character"),
        ("soft\xadware", "invisible_character"),
        ("a\U000e0041b", "invisible_character"),
        ("ท\uf70aี", "private_character"),
        (unicodedata.normalize("NFD", "café"), "not_nfc"),
        ("กุ่"[:1] + "\u0e48\u0e38", "not_nfc"),
    ],
)
def test_characters_that_nobody_sees(text: str, code: str) -> None:
    assert code in codes(talk(text))
    assert places(talk("Hi", asked=text), code) == ["messages[0].content"]
    assert places(call_row({"level": 3, "note": text}), code) == ["messages[1].tool_calls[0].arguments.note"]


@pytest.mark.parametrize(
    "text",
    [
        "tab\tand\nline",
        "👩‍👩‍👧‍👦 and 🏳️‍🌈 and 👩🏽‍💻 and ❤️‍🔥 and 🧑‍⚕️",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "می\u200cخواهم",
        "क्\u200dष",
        "שלום\u200f",
        "1️⃣ ✔️",
        "naïve café – “quotes” … €5 °C",
        "ที่นี่ น้ำ ก๊วยเตี๋ยว ฯลฯ ๆ ๑๒๓ ฿100",
    ],
)
def test_characters_that_have_their_place(text: str) -> None:
    assert codes(talk(text)) == []


def test_the_name_of_the_character_is_said() -> None:
    (finding,) = found(talk("a\u200bb"))
    assert finding.message == "The text holds U+200B (zero width space), which cannot be seen."


def test_names_of_arguments_are_read_as_well() -> None:
    assert "invisible_character" in codes(call_row({"level": 3, "no\u200bte": "x"}))


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("สวัสดีครับ", "latin-1"),
        ("สวัสดีครับ", "cp1252"),
        ("ทดสอบภาษาไทย", "cp874"),
        ("the café is open", "latin-1"),
        ("it’s “good” – yes", "cp1252"),
        ("20 °C", "latin-1"),
        ("love 😀", "cp1252"),
        ("a → b", "cp1252"),
        ("it’s fine", "cp874"),
        ("\ufeffHello", "cp1252"),
        ("caf\ufffd", "cp1252"),
    ],
)
def test_utf_8_read_as_something_else(written: str, read_as: str) -> None:
    garbled = "".join(bytes([b]).decode(read_as, "ignore") or chr(b) for b in written.encode())
    assert garbled != written
    assert "mojibake" in codes(talk(garbled))


@pytest.mark.parametrize("text", ["สวัสดีครับ", "ขอเพลงช้าหน่อย", "วันนี้อากาศดีมาก"])
def test_thai_of_one_byte_a_letter_read_as_latin(text: str) -> None:
    garbled = text.encode("tis-620").decode("latin-1")
    assert wrongly_read(garbled) == (garbled, text)


@pytest.mark.parametrize(
    "text",
    [
        "CAFÉ… « déjà » — naïve Ångström über Straße",
        "„Spaß“ und “CAFÉ” und “à la carte”…",
        "NÃO É AQUI… AMANHû",
        "âge, pâté, château’s, hâ€"[:-2],
        "เธอเธอเธอ เนยเนยเนย เธอนั่นแหละ",
        "àâäéèêëîïôöùûüç ÀÁÂÃÄÅ ÐÑÒÓÔÕÖ àáâãäå èéêë",
        "«««««««« °°°°° ¡¡¡¡¡ ¿¿¿¿¿¿",
        "Người Việt, Ærø, Þór, Łódź, Ðà Nẵng",
    ],
)
def test_sound_texts_with_accents(text: str) -> None:
    assert wrongly_read(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("นํ้า", "thai_lookalike"),
        ("น้ํา", "thai_lookalike"),
        ("ทําไม", "thai_lookalike"),
        ("เเม่", "thai_lookalike"),
        ("นำ้", "thai_order"),
        ("ก่ี", "thai_order"),
        ("กิี", "thai_order"),
        ("ก่้า", "thai_order"),
        ("บา้น", "thai_order"),
        ("เ้าน", "thai_order"),
        ("ที่่นี่", "thai_doubled"),
        ("ดีีี", "thai_doubled"),
        ("a ้b", "thai_stray"),
    ],
)
def test_thai_that_cannot_be_written(text: str, code: str) -> None:
    assert codes(talk(text)) == [code]


def test_the_right_spelling_is_named() -> None:
    assert [f.cure for f in found(talk("นํ้า"))] == ["Write '้ำ'."]
    assert [f.cure for f in found(talk("ทํา"))] == ["Write 'ำ'."]


@pytest.mark.parametrize(
    "text",
    [
        "น้ำ ทำ ค้ำ ย่ำ",
        "สิทธิ์ พันธุ์ เสน่ห์ ศาสตร์ ทุกข์",
        "พุทฺธํ สรณํ คจฺฉามิ",
        "ก็ เก็บ เป็น เสร็จ",
        "ฤๅษี ฦๅ ฤดู",
        "จ้าาาา มากกกก 5555 ๆๆ",
        "กว๋ยเตี๋ยว ป๋า จ๊ะ",
        "◌ี ◌้",
        "เพื่อ ชื่อ มือ ซื้อ",
        "ไม่ใช่ แต่ โต๊ะ",
    ],
)
def test_thai_as_it_is_written(text: str) -> None:
    assert codes(talk(text)) == []
    assert is_sound(text)


SYLLABLE = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["", "เ", "แ", "โ"]),
    st.sampled_from("กขคงจชซดตทนบปพมยรลวสหอ"),
    st.sampled_from(["", "ิ", "ี", "ึ", "ุ", "ู", "ั"]),
    st.sampled_from(["", "่", "้", "๊", "๋"]),
    st.sampled_from(["น", "งาน", "ก", "มะ"]),
)


@given(st.lists(SYLLABLE, min_size=1).map("".join))
def test_syllables_in_their_order_are_sound_and_in_the_other_order_not(text: str) -> None:
    assert is_sound(text)
    assert not is_sound(text + "ก้ิ")
    assert wrongly_read(text) is None
    assert wrongly_read(text.encode().decode("latin-1")) is not None


def test_declarations_are_read_as_well() -> None:
    named = {"type": "function", "function": {**VOLUME["function"], "description": "ทําให้ดัง"}}
    assert places(call_row({"level": 3}, tools=[named]), "thai_lookalike") == ["tools[0].function.description"]
