"""The actions, things and argument kinds from which random tools and requests are made.

An action is something a tool does, a thing is what it does it to, an argument kind is a parameter with
the words that announce it. Music is left out on purpose: the starter executor must meet the music pack's
tools as new ones.
"""

from __future__ import annotations

from typing import NamedTuple


class Action(NamedTuple):
    name: str
    english: tuple[str, ...]
    thai: tuple[str, ...]


class Thing(NamedTuple):
    name: str
    english: tuple[str, ...]
    thai: tuple[str, ...]


class Kind(NamedTuple):
    """`english` and `thai` announce the value, which stands at `{}`."""

    names: tuple[str, ...]
    english: tuple[str, ...]
    thai: tuple[str, ...]
    type: str = "string"


def _rows(table: str) -> list[list[tuple[str, ...]]]:
    lines = [line for line in table.strip().splitlines() if line.strip()]
    return [[tuple(part.strip().split("/")) for part in line.split("|")] for line in lines]


ACTIONS = [
    Action(n[0], e, t)
    for n, e, t in _rows("""
create|create/make/start/set up/build/make me/I need|สร้าง/ทำ/ตั้ง/เริ่ม
find|find/look for/where is/locate/track down|หา/ตามหา/มองหา
search|search for/search/look up/find me|ค้นหา/ค้น/เสิร์ช
open|open/bring up/launch/pull up|เปิด
close|close/shut/exit|ปิด
start|start/begin/kick off/run/get going with|เริ่ม/สตาร์ท
stop|stop/end/halt/cut|หยุด/เลิก
pause|pause/hold/freeze|พัก/หยุดชั่วคราว
resume|resume/continue/carry on with/unpause|ทำต่อ/เล่นต่อ/ไปต่อ
delete|delete/erase/get rid of/throw away/wipe|ลบ/ลบทิ้ง
remove|remove/take out/take off/drop|เอาออก/ถอด/นำออก
add|add/put/include/throw in|เพิ่ม/ใส่/เติม
send|send/deliver/shoot over|ส่ง
share|share/pass along|แชร์/แบ่งปัน
save|save/keep/store|บันทึก/เก็บ/เซฟ
book|book/reserve/get me|จอง
cancel|cancel/call off/scrap|ยกเลิก
order|order/buy/get/purchase|สั่ง/ซื้อ
call|call/ring/dial/phone|โทรหา/โทร
schedule|schedule/plan/arrange/pencil in|นัด/กำหนด/จัดตาราง
show|show/show me/display/let me see|แสดง/ขอดู/โชว์
list|list/give me/what are|แสดงรายการ/ขอรายการ
get|get/fetch/what is/tell me|ขอ/ดู/บอก
check|check/look at/verify|เช็ค/ตรวจ/ตรวจสอบ
set|set/change/put/turn|ตั้ง/ปรับ/ตั้งค่า
update|update/change/edit/modify|แก้ไข/อัปเดต/เปลี่ยน
rename|rename/relabel|เปลี่ยนชื่อ
move|move/shift/transfer|ย้าย
copy|copy/duplicate/clone|คัดลอก/ก๊อปปี้
print|print/print out|พิมพ์
read|read/read out/read me|อ่าน
write|write/draft/compose/jot down|เขียน/ร่าง
translate|translate/convert|แปล
draw|draw/sketch/paint|วาด
generate|generate/produce/create|สร้าง/ผลิต
record|record/capture|อัด/บันทึกเสียง
measure|measure/weigh|วัด/ชั่ง
enable|enable/turn on/switch on/activate|เปิดใช้/เปิด
disable|disable/turn off/switch off|ปิดใช้/ปิด
lock|lock/secure|ล็อก
unlock|unlock|ปลดล็อก
increase|increase/raise/turn up/boost|เพิ่ม/เร่ง
decrease|decrease/lower/turn down/reduce|ลด/หรี่
follow|follow/subscribe to|ติดตาม
rate|rate/score/review|ให้คะแนน/รีวิว
recommend|recommend/suggest/propose|แนะนำ
compare|compare/weigh up|เปรียบเทียบ/เทียบ
repair|repair/fix/mend|ซ่อม/แก้
clean|clean/tidy/wash|ทำความสะอาด/ล้าง
clear|clear/empty/reset|ล้าง/เคลียร์
upload|upload/post|อัปโหลด/โพสต์
download|download/grab|ดาวน์โหลด/โหลด
invite|invite/ask over|เชิญ/ชวน
assign|assign/hand/give|มอบหมาย/ให้
pay|pay/settle|จ่าย/ชำระ
mark|mark/flag/tag|ทำเครื่องหมาย/ติดแท็ก
skip|skip/jump over/pass on|ข้าม
cut|cut/trim/clip|ตัด
compose|compose/put together/assemble|รวม/ประกอบ/เรียบเรียง
notify|notify/alert/tell/remind|แจ้ง/เตือน
""")
]

# Said in more ways, for the rounds that are rich in wordings; the verbs that end in "next" or "last" need no article.
RICH = {
    a.name: a
    for a in (
        Action(n[0], e, t)
        for n, e, t in _rows("""
stop|stop/end/halt/cut/quit/turn off/shut off/finish/be done with|หยุด/เลิก/ปิด/จบ/พอกับ
pause|pause/hold/freeze/hold on with/put on hold/take a break from|พัก/หยุดชั่วคราว/พักไว้/หยุดไว้ก่อน/ขอพัก
resume|resume/continue/carry on with/unpause/go on with/keep going with/get back to|ทำต่อ/เล่นต่อ/ไปต่อ/ต่อ/กลับมาทำ
skip|skip/jump over/pass on/leave out/skip past|ข้าม/ข้ามไป/กระโดดข้าม
forward|go to the next/move on to the next/next/jump to the next/advance one|ถัดไป/ไปต่อที่/เลื่อนไป/อันต่อไปของ
back|go back to the last/previous/return to the last/one back/back up to the last|ย้อน/ย้อนกลับ/กลับไป/ถอย/ก่อนหน้าของ
search|search for/search/look up/find me/look for/hunt for/find/check for|ค้นหา/ค้น/เสิร์ช/หา/ลองหา/มองหา
create|create/make/start/set up/build/make me/I need/put together/make a new/begin|สร้าง/ทำ/ตั้ง/เริ่ม/จัด/เปิด
""")
    )
}
RICH_ACTIONS = [*(RICH.get(a.name, a) for a in ACTIONS), RICH["forward"], RICH["back"]]

THINGS = [
    Thing(n[0], e, t)
    for n, e, t in _rows("""
task|task/to-do|งาน/สิ่งที่ต้องทำ
reminder|reminder|การเตือน/เตือนความจำ
event|event|อีเวนต์/กิจกรรม
meeting|meeting|ประชุม/การประชุม
alarm|alarm|นาฬิกาปลุก
timer|timer/countdown|ตัวจับเวลา
note|note/memo|โน้ต/บันทึก
list|list|รายการ/ลิสต์
document|document/doc|เอกสาร
file|file|ไฟล์
folder|folder/directory|โฟลเดอร์
report|report|รายงาน
message|message/text|ข้อความ
email|email/mail|อีเมล/เมล
contact|contact|รายชื่อ/ผู้ติดต่อ
group|group|กลุ่ม
photo|photo/picture|รูป/ภาพ
image|image/picture|ภาพ/รูปภาพ
video|video/clip|วิดีโอ/คลิป
album|album|อัลบั้ม
post|post|โพสต์
page|page|หน้า/เพจ
book|book|หนังสือ
article|article|บทความ
movie|movie/film|หนัง/ภาพยนตร์
show|show/series|รายการ/ซีรีส์
game|game|เกม
recipe|recipe|สูตรอาหาร/สูตร
restaurant|restaurant/place to eat|ร้านอาหาร
table|table|โต๊ะ
hotel|hotel/room|โรงแรม/ห้องพัก
flight|flight|เที่ยวบิน/ตั๋วเครื่องบิน
taxi|taxi/cab/ride|แท็กซี่/รถ
ticket|ticket|ตั๋ว
order|order|คำสั่งซื้อ/ออเดอร์
product|product/item|สินค้า/ของ
cart|cart/basket|ตะกร้า
invoice|invoice/bill|ใบแจ้งหนี้/บิล
payment|payment|การจ่ายเงิน/ยอดชำระ
account|account|บัญชี
customer|customer/client|ลูกค้า
campaign|campaign|แคมเปญ
project|project|โครงการ/โปรเจกต์
calendar|calendar|ปฏิทิน
light|light/lamp|ไฟ/หลอดไฟ
door|door|ประตู
fan|fan|พัดลม
heater|heater|เครื่องทำความร้อน
thermostat|thermostat/temperature|อุณหภูมิ
camera|camera|กล้อง
printer|printer|เครื่องพิมพ์
robot|robot|หุ่นยนต์
weather|weather/forecast|อากาศ/สภาพอากาศ
news|news/headlines|ข่าว
route|route/way/directions|เส้นทาง/ทาง
map|map|แผนที่
word|word|คำ/คำศัพท์
lesson|lesson/class|บทเรียน
quiz|quiz/test|แบบทดสอบ/ควิซ
voice|voice/narration|เสียงพูด/เสียงพากย์
slide|slide/presentation|สไลด์
chart|chart/graph|กราฟ/แผนภูมิ
backup|backup|ข้อมูลสำรอง
password|password|รหัสผ่าน
device|device/gadget|อุปกรณ์
plant|plant|ต้นไม้
pet|pet|สัตว์เลี้ยง
parcel|parcel/package|พัสดุ
workout|workout/exercise|การออกกำลังกาย
habit|habit|นิสัย
song|anthem/jingle|เพลงประจำ
""")
]

KINDS = [
    Kind(names, english, thai, kind[0])
    for names, english, thai, kind in _rows("""
author/creator/writer/artist/director/brand/maker|by {}/from {}/by {}/made by {}|ของ {}/โดย {}/ของ{}/จาก {}|string
place/location/city/room/area/venue|in {}/at {}/in the {}/over in {}|ที่ {}/ใน{}/ที่{}/แถว {}|string
recipient/person/contact/user/to|to {}/for {}|ให้ {}/ถึง {}/ให้{}|string
destination/target/folder/list/group/album/project/calendar|to {}/into {}/in my {} {name}/to my {name} {}/on {}|\
ลงใน {}/ไปที่ {}/ใน{name} {}/เข้า{name} {}/ลง{name} {}|string
source/origin/from|from {}/out of {}|จาก {}/ออกจาก {}|string
date/day|on {}/for {}|วันที่ {}/วัน{}|string
time/start_time|at {}/around {}|ตอน {}/เวลา {}|string
topic/subject/about|about {}/on {}/regarding {}|เรื่อง {}/เกี่ยวกับ {}/เรื่อง{}|string
title/name/label|called {}/named {}/titled {}/with the name {}|ชื่อ {}/ชื่อ{}/ชื่อว่า {}/ตั้งชื่อว่า {}|string
message/text/content/body|saying {}/that says {}/with the text {}/: {}|ว่า {}/บอกว่า {}/ข้อความ {}|string
style/mode/type/format/category|in {} style/as {}/in {} format/{} style|แบบ {}/สไตล์ {}/ในรูปแบบ {}|string
color/theme|in {}/coloured {}/with a {} theme|สี {}/สี{}|string
language|in {}/into {}|เป็น {}/เป็นภาษา{}|string
reason/purpose|because of {}/for {}|เพราะ {}/เพื่อ {}|string
level/volume/value/amount/brightness/temperature|to {}/at {}/at level {}/to {} percent|\
ที่ {}/เป็น {}/ระดับ {}/เป็น {} เปอร์เซ็นต์|integer
count/quantity/number/people/limit|{} of them/{} times/for {} people|{} อัน/จำนวน {}/{} คน/{} ชิ้น|integer
minutes/duration/seconds/hours|for {} {name}/{} {name} long|{} นาที/นาน {} นาที|integer
price/budget/total|under {}/for {} baht/up to {}|ราคา {} บาท/งบ {}/ไม่เกิน {}|number
""")
]
