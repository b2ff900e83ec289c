"""Conversations over a context block: what the starter thinker learns to read and to write from.

Four kinds of request, easy ones first in a curriculum: look a fact up, fill facts into a given sentence,
write a line that uses named facts, repeat a message and add to it. Blocks look like brand cards, in
random order and with random gaps; the brand pack's tasks (caption, brand voice, campaign brief) are left
out, so that fine-tuning has them to teach.
"""

from __future__ import annotations

from random import Random
from typing import Any

from brands.cards import FIELDS, LABELS
from training.starters.calls_corpus import Conversation
from training.starters.words import Wide, invented, phrase, plain, thai_phrase, thai_word, word

Record = dict[str, list[str]]
LOOK_UP = {
    "en": ("Get {}.", "What is the {}?", "Tell me the {}.", "{}?", "Find {} in the card."),
    "th": ("ขอ{}", "{}คืออะไร", "บอก{}", "{}?", "หา{}จากข้อมูล"),
}
FILL = {"en": ("Fill in: {}", "Complete this: {}"), "th": ("เติมคำ: {}", "เติมข้อความให้ครบ: {}")}
COMPOSE = {
    "en": ("Write one line with {}.", "Use {} in a sentence.", "Say something with {}."),
    "th": ("เขียนหนึ่งบรรทัดด้วย {}", "แต่งประโยคโดยใช้ {}", "พูดถึง {}"),
}
REPEAT = {
    "en": ("Repeat this and add {}: {}", "Say this, then {}: {}"),
    "th": ("พูดตามแล้วเติม {}: {}", "ทวนข้อความแล้วใส่ {}: {}"),
}
LINES = {"en": ("List {}.", "Give {} as lines."), "th": ("แจกแจง {}", "ขอ {} เป็นบรรทัด")}
ABOUT = {"en": " Take {}.", "th": " เลือก {}"}
AND = {"en": (", ", " and "), "th": (" ", " และ ")}
SKELETONS = {
    "en": (
        "{name} makes {products} with {core_values} in mind.",
        "For {target_audience}, there is {products}.",
        "A {tone} day starts with {products} at {name}.",
        "{products} is how {name} shows {core_values}.",
        "Why {name}? Because of {core_values}.",
        "{target_audience} love {products} by {name}!",
        "At {name} we believe in {core_values}.",
        "Try {products} today, {target_audience}. {hashtags}",
        "{products}: {tone}, simple and made by {name}.",
        "It is time for {products}. {hashtags}",
        "Our {industry} is {tone} and ready for {target_audience}.",
        "{name} and {products} ✨ {hashtags}",
        "Here comes {products}, the {tone} side of {name} 🌟",
        "With {core_values}, {name} welcomes {target_audience}.",
        "Everything at {name} is about {core_values} 💫 {hashtags}",
        "Give {target_audience} a {tone} moment: {products}.",
    ),
    "th": (
        "{name} ทำ{products}ด้วย{core_values}",
        "{products}เหมาะกับ{target_audience}มากที่สุด",
        "วัน{tone}เริ่มที่{products}ของ {name}",
        "ทำไมต้อง {name} ก็เพราะ{core_values}",
        "{target_audience}รัก{products}ของ {name}",
        "ที่ {name} เราเชื่อใน{core_values}",
        "วันนี้ลอง{products}กันนะ{target_audience} {hashtags}",
        "{products} {tone} เรียบง่าย โดย {name}",
        "ถึงเวลาของ{products}แล้ว {hashtags}",
        "{industry}ของเรา{tone}และพร้อมสำหรับ{target_audience}",
        "{name} กับ{products} ✨ {hashtags}",
        "มาแล้ว {products} อีกด้านที่{tone}ของ {name} 🌟",
        "ด้วย{core_values} {name} ยินดีต้อนรับ{target_audience}",
        "ทุกอย่างที่ {name} คือ{core_values} 💫 {hashtags}",
    ),
}

WIDE_SKELETONS = {
    "en": (
        "Discover {products}, brought to you by {name}. {hashtags}",
        "Introducing {products}! {core_values} starts here. {hashtags}",
        "Hello from {name}: {core_values} for everyone who loves {products}.",
        "Are you looking for {products}? {name} is ready. {hashtags}",
        "Meet the {tone} team behind {products}. {hashtags}",
        "{target_audience}, your {products} is here. {hashtags}",
        "We made {products} for {target_audience}, with love and {core_values}. {hashtags}",
        "Enjoy {products} from {name} every day. {hashtags}",
        "Say hello to {core_values} and goodbye to worry with {name}.",
        "Good things come to {target_audience}: {products} by {name}. {hashtags}",
        "{name} invites you to try {products}. {hashtags}",
        "Expect {core_values} from {name}, always. {hashtags}",
        "Choose {products} and let {name} do the rest.",
        "You can count on {name} for {core_values}. {hashtags}",
        "See you at {name}, where {core_values} comes first. {hashtags}",
        "Campaign: {name}\nMessage: {core_values} first\nProduct: {products}",
        "Audience: {target_audience}\nMessage: {name} brings {core_values}\nHashtags: {hashtags}",
        "Title: {products} by {name}\nTone: {tone}\nHashtags: {hashtags}",
        "Objective: show {core_values}\nAudience: {target_audience}\nProduct: {products}",
        "Proudly made: {products}, {tone} and true. {hashtags}",
    ),
    "th": (
        "ขอแนะนำ{products}จาก {name} {hashtags}",
        "มาทำความรู้จักกับ{products}กันเถอะ {hashtags}",
        "พบ{core_values}ได้ที่ {name} {hashtags}",
        "ใครกำลังมองหา{products} {name} พร้อมแล้ว {hashtags}",
        "{name} ภูมิใจเสนอ{products} {hashtags}",
        "เราตั้งใจทำ{products}เพื่อ{target_audience}โดยเฉพาะ {hashtags}",
        "เพราะเราใส่ใจเรื่อง{core_values}เสมอ {name} {hashtags}",
        "{target_audience}ห้ามพลาด {products}จาก {name} {hashtags}",
        "ให้{products}ดูแลคุณทุกวัน {hashtags}",
        "สไตล์{tone}แบบ {name} {hashtags}",
        "{name} ชวนคุณลอง{products} {hashtags}",
        "มั่นใจใน{core_values}กับ {name} ได้เลย {hashtags}",
        "แล้วพบกันที่ {name} นะ{target_audience} {hashtags}",
        "แคมเปญ: {name}\nข้อความ: {core_values}ต้องมาก่อน\nสินค้า: {products}",
        "กลุ่มเป้าหมาย: {target_audience}\nข้อความหลัก: {name} มอบ{core_values}\nแฮชแท็ก: {hashtags}",
        "หัวข้อ: {products}โดย {name}\nน้ำเสียง: {tone}\nแฮชแท็ก: {hashtags}",
        "เป้าหมาย: ให้คนรู้จัก{core_values}\nกลุ่มเป้าหมาย: {target_audience}\nสินค้า: {products}",
        "เลือก{products}แล้วคุณจะรัก {name} {hashtags}",
    ),
}


def title(random: Random, language: str) -> str:
    return thai_phrase(random, 3) if language == "th" else phrase(random, 3)


def record(random: Random, language: str) -> Record:
    """Random facts of an invented brand, in the fields of a brand card."""
    name = "".join(word(random).capitalize() for _ in range(random.choice((1, 2, 2, 2))))
    tag = "".join(word(random).capitalize() for _ in range(random.randint(1, 3)))
    return {
        "name": [name],
        "industry": [plain(random, language, random.randint(1, 3))],
        "description": [f"{name} " + plain(random, language, random.randint(3, 7))],
        "tone": [thai_word(random) if language == "th" else word(random) for _ in range(3)],
        "target_audience": [plain(random, language, random.randint(1, 4))],
        "core_values": [plain(random, language, random.randint(1, 3)) for _ in range(random.randint(2, 3))],
        "visual_style": [plain(random, language, random.randint(2, 4))],
        "products": [title(random, language) for _ in range(random.randint(2, 4))],
        "hashtags": [f"#{name}", f"#{tag}"],
    }


def block(random: Random, facts: Record, language: str) -> str:
    labels = dict(zip(FIELDS, LABELS[language], strict=True))
    order = list(FIELDS)
    if random.random() < 0.3:
        random.shuffle(order)
    kept = [f for f in order if f in facts]
    return "\n".join(f"{labels[f]}: {joined(f, facts[f])}" for f in kept)


def joined(field: str, values: list[str]) -> str:
    return (" " if field == "hashtags" else "; ").join(values)


def conversation(random: Random, *, most_turns: int = 5, hardest: float = 1.0, most_fields: int = 9) -> Conversation:
    """One to `most_turns` requests about one block of at most `most_fields` facts.

    `hardest` is the share of turns that may be more than a look-up or a fill.
    """
    language = random.choice(("en", "th"))
    facts = record(random, language)
    gaps = random.randint(1, 3) if random.random() < 0.4 else 0
    for field in random.sample(FIELDS[1:], max(gaps, len(FIELDS) - most_fields)):
        del facts[field]
    messages: list[dict[str, Any]] = []
    for _ in range(random.randint(1, most_turns)):
        kinds = (look_up, fill, compose, repeat, lines) if random.random() < hardest else (look_up, fill)
        asked, answer = random.choice(kinds)(random, facts, language)
        messages += [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}]
    messages[0]["content"] = f"{block(random, facts, language)}\n\n{messages[0]['content']}"
    return Conversation(messages, [])


def some_fields(random: Random, facts: Record, most: int) -> list[str]:
    return random.sample(list(facts), random.randint(1, min(most, len(facts))))


def label(field: str, language: str) -> str:
    name = dict(zip(FIELDS, LABELS[language], strict=True))[field]
    return name.lower() if language == "en" else name


def spoken_list(items: list[str], language: str) -> str:
    comma, last = AND[language]
    return items[0] if len(items) == 1 else comma.join(items[:-1]) + last + items[-1]


def look_up(random: Random, facts: Record, language: str) -> tuple[str, str]:
    fields = some_fields(random, facts, 3)
    asked = random.choice(LOOK_UP[language]).format(spoken_list([label(f, language) for f in fields], language))
    return asked, "\n".join(joined(f, facts[f]) for f in fields)


def one_of(random: Random, facts: Record, field: str) -> str:
    return joined(field, facts[field]) if field == "hashtags" else random.choice(facts[field])


def fill(random: Random, facts: Record, language: str) -> tuple[str, str]:
    """A sentence with [labels] in it, mostly of nonsense words, to be written out with the facts."""
    words: list[str] = []
    for field in some_fields(random, facts, 4):
        filler = [thai_word(random) if language == "th" else word(random) for _ in range(random.randint(0, 3))]
        words += [*filler, f"[{label(field, language)}]"]
    asked = (" " if language == "en" or random.random() < 0.5 else "").join(words)
    answer = asked
    for field in facts:
        answer = answer.replace(f"[{label(field, language)}]", joined(field, facts[field]))
    return random.choice(FILL[language]).format(asked), answer


def compose(random: Random, facts: Record, language: str) -> tuple[str, str]:
    """A line that uses the named facts; where a fact is a list, the request may say which one to take."""
    known = SKELETONS[language] + (WIDE_SKELETONS[language] if isinstance(random, Wide) else ())
    fitting = [s for s in known if all(f in facts for f in FIELDS if f"{{{f}}}" in s)]
    if not fitting:
        return look_up(random, facts, language)
    skeleton = random.choice(fitting)
    used = [f for f in FIELDS if f"{{{f}}}" in skeleton]
    chosen = {f: one_of(random, facts, f) for f in used}
    shuffled = random.sample(used, len(used))
    asked = random.choice(COMPOSE[language]).format(spoken_list([label(f, language) for f in shuffled], language))
    if "products" in chosen and random.random() < 0.8:
        asked += ABOUT[language].format(chosen["products"])
    return asked, skeleton.format(**chosen)


def repeat(random: Random, facts: Record, language: str) -> tuple[str, str]:
    words = [
        thai_phrase(random, 6) if language == "th" else " ".join(word(random) for _ in range(random.randint(2, 7)))
    ]
    message = words[0] if language == "th" else words[0].capitalize()
    field = random.choice(list(facts))
    separator = random.choice((" ", " – ", " ", "! "))
    asked = random.choice(REPEAT[language]).format(label(field, language), message)
    return asked, f"{message}{separator if separator == ' ' else ' '}{joined(field, facts[field])}"


def lines(random: Random, facts: Record, language: str) -> tuple[str, str]:
    """Named facts as lines, each under its own heading."""
    fields = some_fields(random, facts, 5)
    headings = {f: invented(random).capitalize() if random.random() < 0.2 else label(f, language) for f in fields}
    wanted = [h if h == label(f, language) else f"{h} = {label(f, language)}" for f, h in headings.items()]
    asked = random.choice(LINES[language]).format(spoken_list(wanted, language))
    return asked, "\n".join(f"{headings[f]}: {joined(f, facts[f])}" for f in fields)
