"""Words the starter corpora are made of: English and Thai, seeded, no text copied from anywhere.

Values mix everyday words with invented ones, because a model that has only seen real words learns to
recognise arguments instead of copying them.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from training.starters.common_words import COMMON, COMMON_THAI

EVERYDAY = """
blue green red silver golden dark bright quiet loud early late little big old new warm cold sweet bitter river
mountain ocean forest garden desert island city village bridge station harbor market temple castle road morning
evening midnight summer winter spring autumn monday tuesday friday sunday january march july december coffee tea
bread rice noodle mango lemon sugar butter honey pepper cheese chicken salmon salad soup pizza curry dog cat
bird tiger horse rabbit turtle dragon whale bear fox wolf elephant monkey butterfly house room kitchen window
door table chair lamp mirror bottle basket ladder engine wheel camera phone laptop love heart dream night light
shadow fire rain snow storm wind star moon sun sky cloud wave stone diamond happy lonely crazy brave gentle
hungry sleepy strong lucky perfect broken hidden endless electric velvet crystal dance story letter song picture
party journey wedding birthday holiday weekend workout breakfast dinner homework report budget invoice meeting
project review plan notes recipe ticket parcel contract survey profile summary king queen doctor teacher driver
farmer painter pilot captain sister brother mother father friend stranger run walk fly swim jump sing smile cry
wait call hold break fall rise turn stay leave begin forget remember the of and in on my your our for with
without before after under over again forever tonight tomorrow yesterday one two three four five ten hundred
thousand first second third half double zero smart fresh pure daily urban classic modern natural premium organic
active cozy bold mini ultra office school airport hospital library museum cafe beach park hotel theater studio
gym bank store anna ben carla david emma felix grace henry iris jack karen leo maria nina oscar paul queenie
rosa sam tina london paris tokyo bangkok berlin madrid oslo lima cairo sydney toronto chicago seoul hanoi dubai
vienna
""".split()

THAI = """
ฟ้า เขียว แดง เงิน ทอง มืด สว่าง เงียบ ดัง เช้า เย็น ดึก เล็ก ใหญ่ เก่า ใหม่ อุ่น หนาว หวาน ขม
แม่น้ำ ภูเขา ทะเล ป่า สวน เกาะ เมือง หมู่บ้าน สะพาน สถานี ตลาด วัด ถนน ฝน หิมะ พายุ ลม ดาว เดือน
ตะวัน เมฆ คลื่น หิน เพชร กาแฟ ชา ขนมปัง ข้าว ก๋วยเตี๋ยว มะม่วง มะนาว น้ำตาล เนย น้ำผึ้ง พริก ไก่ ปลา
สลัด ซุป แกง หมา แมว นก เสือ ม้า กระต่าย เต่า ช้าง ลิง ผีเสื้อ บ้าน ห้อง ครัว หน้าต่าง ประตู โต๊ะ
เก้าอี้ โคมไฟ กระจก ขวด ตะกร้า รถ กล้อง โทรศัพท์ รัก หัวใจ ฝัน คืน แสง เงา ไฟ สุข เหงา กล้า อ่อนโยน
หิว ง่วง แข็งแรง โชคดี เต้นรำ เรื่อง จดหมาย ภาพ งานเลี้ยง เดินทาง แต่งงาน วันเกิด วันหยุด อาหารเช้า
การบ้าน รายงาน งบประมาณ ประชุม โครงการ แผน บันทึก สูตร ตั๋ว พัสดุ สัญญา สรุป หมอ ครู ชาวนา นักบิน
กัปตัน พี่ น้อง แม่ พ่อ เพื่อน วิ่ง เดิน บิน ว่ายน้ำ ร้อง ยิ้ม รอ กลับ เริ่ม ลืม จำ ตลอดไป คืนนี้
พรุ่งนี้ เมื่อวาน หนึ่ง สอง สาม สิบ ร้อย แรก สุดท้าย สมชาย มาลี ปรีชา นิดา อารี กรุงเทพ เชียงใหม่
ภูเก็ต ขอนแก่น อยุธยา สดชื่น ธรรมชาติ ทันสมัย อบอุ่น จริงใจ ปลอดภัย คุณภาพ ครอบครัว คนเมือง วัยทำงาน
นักเรียน ผู้หญิง ผู้ชาย เด็ก สุขภาพ ความงาม บริการ รวดเร็ว ใส่ใจ ยั่งยืน สะอาด อร่อย นุ่ม เบา ทนทาน
ประหยัด คุ้มค่า
""".split()

ONSETS = "b c d f g h j k l m n p r s t v w z br cl dr fl gr kr pl sh sl st th tr".split()
VOWELS = "a e i o u ai ea ee io oo ou".split()
CODAS = ["", "", "n", "r", "l", "s", "t", "m", "x", "ck", "nd", "st"]
THAI_ONSETS = "ก ข ค ง จ ช ซ ด ต ท น บ ป ผ พ ฟ ม ย ร ล ว ส ห อ กร กล ปร พล คร ตร".split()
THAI_RHYMES = "{}า {}ี {}ู เ{} แ{} โ{} {}ัน {}าง {}ิน {}ุก เ{}ีย {}อง {}ับ {}ะ ไ{} ใ{} {}ำ {}่าน {}้อย {}ื่น เ{}็น".split()
LETTERS = "eeeeaaaiiiooouutttnnnsssrrrlllddhhccmmppbbggffvvwyykkjxqz"
THAI_CONSONANTS = "กขคฆงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮกนมรสท"
THAI_LEADING, THAI_ABOVE, THAI_TONES, THAI_AFTER = "เแโใไ", "ัิีึืุู็์", "่้๊๋", "ะาำ"
SMALL_WORDS = (" and ", " and ", " of ", " of the ", " in ", " for ", " to ", " & ", ", ")
THAI_SMALL_WORDS = (" ", " ", " ", "กับ", "และ", "ของ")


class Wide(Random):
    """Randomness for later rounds: its words are also spelled letter by letter.

    Words of syllables leave much of a vocabulary unseen, and a token that was never copied in training cannot
    be copied later.
    """


class Wider(Wide):
    """Randomness of the last rounds: words also put together from the vocabulary's own pieces, and ornamented.

    `latin` and `thai` are those pieces, in small letters. Real names come with hyphens, apostrophes, digits and
    accents, and every token has to be copied often enough.
    """

    latin: Sequence[str] = ()
    thai: Sequence[str] = ()
    rich = False
    common = False


def wider(seed: int, latin: Sequence[str], thai: Sequence[str], *, rich: bool = False, common: bool = False) -> Wider:
    """With `rich`, requests are also worded in more ways, and values hold the small words that join requests.

    With `common`, most words are common ones and requests come in everyday turns of speech.
    """
    made = Wider(seed)
    made.latin, made.thai, made.rich, made.common = latin, thai, rich, common
    return made


def is_rich(random: Random) -> bool:
    return isinstance(random, Wider) and random.rich


def is_common(random: Random) -> bool:
    return isinstance(random, Wider) and random.common


def spelled(random: Random) -> str:
    """Two to nine letters in any order, common ones more often."""
    return "".join(random.choice(LETTERS) for _ in range(random.randint(2, 9)))


def spelled_thai(random: Random) -> str:
    """One to five character clusters of any consonant with any vowel signs and tone marks."""

    def cluster() -> str:
        leading = random.choice(THAI_LEADING) if random.random() < 0.2 else ""
        above = random.choice(THAI_ABOVE) if random.random() < 0.45 else ""
        tone = random.choice(THAI_TONES) if random.random() < 0.3 and above != "์" else ""
        after = random.choice(THAI_AFTER) if random.random() < 0.3 and not above else ""
        return leading + random.choice(THAI_CONSONANTS) + above + tone + after

    return "".join(cluster() for _ in range(random.randint(1, 5)))


def invented(random: Random) -> str:
    """An English-looking word of one to three syllables that means nothing."""
    syllables = random.choice((1, 2, 2, 2, 3))
    return "".join(random.choice(ONSETS) + random.choice(VOWELS) for _ in range(syllables)) + random.choice(CODAS)


def invented_thai(random: Random) -> str:
    """A Thai-looking word of one to three syllables; most mean nothing."""
    syllables = random.choice((1, 2, 2, 3))
    return "".join(random.choice(THAI_RHYMES).format(random.choice(THAI_ONSETS)) for _ in range(syllables))


def ornamented(random: Wider) -> str:
    """A word of the vocabulary's pieces, or another one with what real names have in and around them."""
    if random.random() < 0.4:
        return "".join(random.choice(random.latin) for _ in range(random.randint(1, 4)))
    style, bare = random.random(), Wide(random.random())
    if style < 0.3:
        return f"{word(bare)}-{word(bare)}"
    if style < 0.5:
        return word(bare) + random.choice(("'s", "'t", "'re", "'ll", "n'", "'m", "'"))
    if style < 0.8:
        number = random.choice((random.randint(2, 99), random.randint(100, 2099)))
        return str(number) + random.choice(("", "", "k", "s"))
    letters = word(bare)
    return letters.replace(random.choice(letters), random.choice("éèüöäñçáíó&."), 1)


def word(random: Random) -> str:
    if is_common(random) and random.random() < 0.6:
        return random.choice(COMMON)
    if isinstance(random, Wider) and random.random() < 0.4:
        return ornamented(random)
    if isinstance(random, Wide) and random.random() < 0.45:
        return spelled(random)
    return random.choice(EVERYDAY) if random.random() < 0.55 else invented(random)


def thai_word(random: Random) -> str:
    if is_common(random) and random.random() < 0.6:
        return random.choice(COMMON_THAI)
    if isinstance(random, Wider) and random.random() < 0.3:
        return "".join(random.choice(random.thai) for _ in range(random.randint(1, 4)))
    if isinstance(random, Wide) and random.random() < 0.45:
        return spelled_thai(random)
    return random.choice(THAI) if random.random() < 0.6 else invented_thai(random)


def phrase(random: Random, longest: int = 4) -> str:
    """One to `longest` words as a title or a name would be written, in one of several cases."""
    words = [word(random) for _ in range(random.choice((1, 1, 2, 2, 2, 3, 3, longest)))]
    style = random.random()
    if style < 0.5:
        words = [w.capitalize() for w in words]
    elif style < 0.56:
        words = [w.upper() for w in words]
    if random.random() < 0.08:
        words.append(str(random.randint(1, 2030)))
    if random.random() < 0.05:
        words[-1] += random.choice(("'s", "!", "?", "."))
    joined = random.choice((" ", " ", " ", " ", " ", " ", "-", "")) if len(words) == 2 else " "
    return joined.join(words)


def thai_phrase(random: Random, longest: int = 4) -> str:
    words = [thai_word(random) for _ in range(random.randint(1, longest))]
    if random.random() < 0.1:
        words.append(" " + random.choice((invented(random).capitalize(), str(random.randint(1, 99)))))
    return "".join(words)


def said(random: Random, language: str) -> str:
    """A value as it is said in a sentence of that language; Thai speech borrows English names."""
    if is_rich(random) and random.random() < 0.25:
        return titled(random, language)
    if language == "th" and random.random() < 0.6:
        return thai_phrase(random)
    return phrase(random)


def titled(random: Random, language: str) -> str:
    """A name or title that holds the small words which also join requests, or a Thai name with its space."""
    if language == "th" and random.random() < 0.6:
        return random.choice(THAI_SMALL_WORDS).join((thai_phrase(random, 2), thai_phrase(random, 2)))
    return random.choice(SMALL_WORDS).join((phrase(random, 2), phrase(random, 2)))


def plain(random: Random, language: str, longest: int) -> str:
    """Running words: `longest` of them in English, up to that many in Thai."""
    return thai_phrase(random, longest) if language == "th" else " ".join(word(random) for _ in range(longest))
