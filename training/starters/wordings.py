"""The ways of asking: what stands around a request for a tool, and the forms of its clauses, in English and Thai."""

from __future__ import annotations

WITHOUT_ARTICLE = ("next", "last", "previous", " one", "one back")
NO_TOOL = {"en": "None of the tools can do this.", "th": "ไม่มีเครื่องมือที่ทำสิ่งนี้ได้"}
OPENINGS = {
    "en": (
        "",
        "",
        "",
        "",
        "please ",
        "can you ",
        "could you ",
        "I want to ",
        "I'd like to ",
        "hey, ",
        "let's ",
        "go ahead and ",
        "would you ",
        "I need you to ",
        "time to ",
        "ok, ",
        "quickly ",
    ),
    "th": ("", "", "", "", "ช่วย", "อยากให้", "รบกวน", "อยาก", "ขอให้", "เดี๋ยว", "ฝาก", "ตอนนี้"),
}
CLOSINGS = {
    "en": ("", "", "", "", "", " please", " for me", " now", " right now", ", thanks", ", will you"),
    "th": ("", "", "", "หน่อย", "ที", "ให้หน่อย", "ครับ", "ค่ะ", "นะ", "เลย", "หน่อยครับ", "ทีนะ", "ด้วย"),
}
MORE_OPENINGS = {
    "en": (
        "we should ",
        "why not ",
        "you can ",
        "I really want to ",
        "we need to ",
        "try to ",
        "do ",
        "my sister wants to ",
    ),
    "th": ("ลอง", "อยากจะ", "ขอ", "พวกเราอยาก", "เอ้า ", "น่าจะ", "ต้อง", "อย่าลืม"),
}
# Thai's final particles are a closed class: these are the usual ones, alone and with each other.
MORE_CLOSINGS = {
    "en": (" again", " today", " for us", " if you can", ", would you?", ", ok?", "?", "!", " then", " for a while"),
    "th": (
        "สิ",
        "ซิ",
        "เถอะ",
        "ด้วยนะ",
        "ได้ไหม",
        "ได้มั้ยคะ",
        "จ้ะ",
        "จ้า",
        "ล่ะ",
        "เนอะ",
        "ก่อน",
        "แล้วกัน",
        "หน่อยสิ",
        "หน่อยนะ",
        "ทีครับ",
        "บ้าง",
    ),
}
JOINTS = {
    "en": (" and then ", ", then ", " and ", ", after that ", " and also "),
    "th": (" แล้ว", " แล้วก็", " จากนั้น", " และ", " เสร็จแล้ว"),
}
ASIDES = {
    "en": (
        "my hands are full",
        "dinner is ready",
        "I'm driving",
        "the baby is sleeping",
        "we have guests",
        "I forgot it again",
        "there is no time",
        "that was fun",
        "we are almost home",
        "this is boring",
        "my boss is waiting",
        "nobody likes it",
    ),
    "th": (
        "มือไม่ว่าง",
        "กำลังขับรถอยู่",
        "ใกล้ถึงบ้านแล้ว",
        "ลืมอีกแล้ว",
        "ไม่ค่อยมีเวลา",
        "เพื่อนรออยู่",
        "น่าเบื่อจัง",
        "เมื่อกี้สนุกมาก",
        "ข้าวเสร็จแล้ว",
        "ลูกหลับอยู่",
    ),
}
RICH_FORMS = {
    "en": (
        "{verb} one more {thing}, name: {value}",
        "{verb} that {thing}, {value}",
        "{verb} the {value} {thing}",
        "{verb} another {thing}, {value}",
        "{verb} some {thing} known as {value}",
        "{verb} a {thing} by the name of {value}",
        "{verb} the {thing} that is called {value}",
    ),
    "th": (
        "{verb}{thing}ที่ชื่อ {value}",
        "{verb}{thing}ใหม่ชื่อว่า {value}",
        "{verb} {value} ที่เป็น{thing}",
        "{verb}{thing}อันนี้ {value}",
        "{verb}อีก{thing} ชื่อ {value}",
    ),
}
NAMED = {
    "en": ("with {name} {}", "{name} {}", "{name}: {}", "and the {name} is {}"),
    "th": ("{name} {}", "{name}: {}", "โดยให้ {name} เป็น {}"),
}
ON = {
    "en": ("turn on the {}", "switch on the {}", "{} on", "enable {}"),
    "th": ("เปิด{}", "เปิดใช้{}", "ให้{}ทำงาน"),
}
OFF = {
    "en": ("turn off the {}", "switch off the {}", "{} off", "disable {}", "no {}"),
    "th": ("ปิด{}", "เลิกใช้{}", "ไม่เอา{}"),
}
# Everyday turns of speech, for the round of common words: a frame holds the request at `{}`, or at `{ing}` with its
# verb as a gerund.
COMMON_FRAMES = {
    "en": (
        "how about {ing}?",
        "would you mind {ing}?",
        "mind {ing}?",
        "do you mind {ing} for us?",
        "what about {ing}",
        "I feel like {ing}",
        "I was thinking of {ing}",
        "I'm thinking about {ing}",
        "can you help me with {ing}?",
        "any chance of {ing}?",
        "start by {ing}",
        "it's time for {ing}",
        "it would be great if you could {}",
        "I was wondering if you could {}",
        "do me a favor and {}",
        "be a dear and {}",
        "if you don't mind, {}",
        "next up, {}",
        "first of all, {}",
        "alright, {}",
        "well, {}",
        "hi there, {}",
        "excuse me, {}",
        "just {}",
        "quick, {}",
        "now {}",
        "would it be possible to {}?",
        "is it ok to {}?",
        "I think we should {}",
        "maybe {}",
        "remember to {}",
        "don't forget to {}",
        "make sure to {}",
        "everyone wants to {}",
        "my kids want to {}",
        "the guests would like to {}",
        "all I want is to {}",
        "it's about time to {}",
        "shall we {}?",
        "may I {}?",
        "could I {}?",
        "let me {}",
        "help me {}",
        "you know what, {}",
        "{}, would you?",
        "{} real quick",
        "{} in here",
        "{} for everybody",
        "{} for the guests",
        "{} one more time",
        "{} while I wait",
        "{} before we leave",
        "{} when you are ready",
        "{} as soon as you can",
        "{} instead",
        "{} already",
        "{} this time",
        "{} tonight",
        "{}, it is late",
        "{}, I like that",
        "{}, my dear",
        "{}, that would be nice",
    ),
    "th": (
        "ช่วย{}ให้ทีได้ไหมคะ",
        "ช่วย{}ให้หน่อยสิครับ",
        "วานช่วย{}หน่อย",
        "รบกวนช่วย{}ทีค่ะ",
        "ขอแรง{}ที",
        "อยากลอง{}ดู",
        "อยากให้ช่วย{}นะ",
        "พอจะ{}ได้ไหม",
        "พอจะ{}ให้ได้ไหมครับ",
        "จะ{}แล้วนะ",
        "วันนี้ขอ{}",
        "คืนนี้{}กัน",
        "เรามา{}กันเถอะ",
        "มา{}กันดีกว่า",
        "{}กันดีไหม",
        "{}ให้ทุกคนหน่อย",
        "{}ให้เด็กๆ ที",
        "{}ให้แม่หน่อยค่ะ",
        "{}ตรงนี้เลย",
        "{}เดี๋ยวนี้เลย",
        "{}อีกรอบ",
        "{}อีกทีได้ไหม",
        "{}แป๊บหนึ่ง",
        "{}ก่อนนะ",
        "{}ไว้ก่อนเลย",
        "{}เร็วๆ หน่อย",
        "{}ได้เลยค่ะ",
        "{}ได้แล้วครับ",
        "{}สักหน่อย",
        "{}แทนดีกว่า",
        "เอาเป็นว่า{}ก็แล้วกัน",
        "ถ้าไม่รบกวน ช่วย{}หน่อยนะครับ",
        "เพื่อนบอกให้{}",
        "ลูกอยากให้{}",
        "แขกมาแล้ว {}ที",
        "นี่ๆ {}หน่อย",
        "เฮ้ {}ซิ",
        "โอเค {}เลย",
        "งั้น{}",
        "ต่อไป{}นะ",
        "ไหน{}ให้ดูหน่อย",
        "ถึงเวลา{}แล้ว",
        "น่าจะ{}ได้แล้วนะ",
    ),
}
COMMON_FORMS = {
    "en": ("{verb} {value}", "{verb} {value}", "{verb} {value}", "{verb} that one, {value}", "{value}, {verb} it"),
    "th": ("{verb} {value}", "{verb} {value}", "{verb}{value}", "{verb} {value}", "{value} {verb}ที"),
}
ALONE = {"en": ("{} it", "{} that", "{} this one", "{} it there"), "th": ("{}", "{}อันนี้", "{}อันนั้น", "{}ตรงนี้")}
NO_VERBS = frozenset("what where I let next previous one give".split())
DOUBLED = frozenset("stop cut put set get begin plan skip tag drop trim clip wrap shut quit jot rid".split())


def gerund(request: str) -> str:
    """The request with its first word in the -ing form; empty when that is no verb."""
    verb, _, rest = request.partition(" ")
    if verb in NO_VERBS or not verb.isascii() or not verb.isalpha() or not verb.islower():
        return ""
    stem = verb + verb[-1] if verb in DOUBLED else verb[:-1] if verb.endswith("e") and verb[-2] not in "eo" else verb
    return f"{stem}ing {rest}".strip()
