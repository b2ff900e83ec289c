"""Common words, English and Thai, of which the last round makes most of its names and titles.

Invented words teach copying by letters; real ones come in the pieces that real names will be cut into.
"""

from __future__ import annotations

COMMON = """
able above across actor adventure afternoon age air alarm album alley alone along amber anchor angel animal answer
apple april apron arch arm arrow art ash attic august aunt autumn avenue away baby back bad bag baker ball balloon
banana band bar barn basil bath battle beam bean beard beat beauty bed bee bell bend berry best better bicycle big
bike birch bite black blade blanket blind block blood bloom blossom board boat body bone book boot border boss both
bow bowl box boy brain branch brass break breath breeze brick bride bright broad bronze brush bubble bucket bug
building bull burn bus bush business button cabin cable cactus cake calm camel camp canal candle candy cannon canvas
cape car caravan card careful cargo carnival carpet carrot carry castle catch cave cedar ceiling cellar chain chalk
champion chance change channel charm chase cheap cherry chest child chin chocolate choice choir church cinema cinnamon
circle circus citizen clay clean clear clever cliff climb clock close cloth clover club coach coast coat coconut
code collar color comb comet common copper copy coral corn corner cost cotton couch count country couple courage
cousin cover cowboy cradle craft crane crayon cream creek crew cricket crime cross crow crowd crown cruise cup
curtain curve cushion custom cut cycle dad dairy daisy dance danger dancing darling dawn day dead dear debt deep deer
delta den desk devil dime diner dirt dirty dish dive dock dog doll dollar dolphin donkey dose dot double dove down
dozen drawer dress drift drink drive drop drum dry duck dull dust duty each eagle ear earth east easy echo edge
egg eight elbow elder elm ember emerald empire empty end enemy energy english engine evening event every evil exit
eye fable face fair faith fairy false fame family famous fan far farm fashion fast fate father fear feast feather
feel fence fern fever few field fierce fifth fig fight film final fine finger finish first fish fist five flag flame
flash flat flavor fleet flesh flight float flood floor flower flute foam fog folk follow food fool foot force fork
form fort fortune fountain four frame free freedom freight french frog front frost fruit fuel full fun funny fur
future gale game garage garlic gate gem ghost giant gift ginger girl give glad glass globe glory glove glow goat
gold golden good goose grain grand grape grass grave gravity gray great ground group grow guard guess guest guide
guitar gum gun half hall hammer hand happen hard hare harp harvest hat hawk hay hazel head heal hear heat heaven
heavy hedge height helmet help hen herb hero hidden high hill hip hive hobby hole hollow holy home honest hood hook
hope horizon horn host hot hour human humble hundred hunt hurricane hurry ice icon idea idle imagine inch indigo
ink inside iron island ivory ivy jacket jade jam jar jasmine jaw jazz jeans jelly jet jewel job joke joy judge juice
july jungle junior jury just karma keen kettle key kick kid kind kiss kite knee knife knight knock knot know
ladder lady lake lamb land lane language lantern large laser last laugh laundry lava lavender law lawn lazy lead
leaf league lean leap leather left legend lemonade lens level liberty lid life lift lily lime limit line lion lip
liquid little live living load loaf lobby local log long loop loose lost lot loud lounge lover low loyal luck lucky
lunar lunch machine mad magic magnet maid mail main make man mango many maple marathon marble march marine mark
marsh mask master match maze meadow meal mean meat melody melon memory mercy merry message metal meteor midnight
mile milk mill mind mint minute miracle miss mist model mole moment money month mood more moss moth motion motor
mouse mouth move movie mud muse museum mushroom music must mystery myth nail name narrow nation nature near neck
need needle nerve nest net never new next nice niece night nine noble noise noon north nose note nothing novel
number nurse nut oak oasis object ocean october odd off offer oil olive onion only opal open opera orange orbit
orchard orchid order orient other otter oven owl own oyster pack page pain pair palace pale palm pan panda panther
paper parade paradise parrot part pass past pasta patch path pattern peace peach peak peanut pear pearl pebble pen
pencil penny people perfume person petal phantom photo piano picnic pie piece pig pigeon pillow pin pine pink pipe
pirate place plain plane planet plastic plate play please plum pocket poem poet point poison polar police pond pony
pool poor pop poppy porch port post pot potato pottery powder power prayer present pretty price pride prince
princess prison prize problem promise proud pulse pumpkin puppet purple puzzle quarter quartz queen question quick
quilt rabbit race radio raft rage rail rainbow ranch random range rapid rare raven raw ray ready real rebel record
reef rest return rhythm ribbon rich ride ridge right ring ripe rival roar robe robin rock rocket rodeo roll roof
room root rope rose rough round royal ruby rug rule runner rush rust saddle safe sail saint salt same sand sapphire
satellite saturday sauce savage scar scarf scene school science scout sea seal season second secret seed seven shade
shape shark sharp sheep sheet shelf shell shelter shine ship shirt shock shoe shop shore short shot shoulder show
shower shy side sign silence silk simple single sink six skate skin skirt skull slave sleep slice slim slope slow
small smart smoke smooth snail snake snap sock soda sofa soft soldier solid solo some son soon sorry soul sound
sour south space spark sparrow special speed spell spice spider spike spin spirit splash spoon sport spot square
squirrel stage stain stair stamp stand state statue steam steel step stick still sting storm stove straight strange
straw stream street string strong student style subway sudden suit summit sunday sunny sunrise sunset super supper
surf surprise swan swing sword symbol symphony system table tail tale talk tall tango tank tape target taste taxi
teeth temple ten tender tent thank that theater thick thief thin thing think thirsty this thorn thread throne
thunder ticket tide tie tight timber tin tiny tip title toast today together tomato tongue tool top torch total
touch tower town toy track trade traffic trail train trap travel treasure tree trick trip tropical trouble truck
true trumpet trust truth tulip tunnel turtle twelve twin twist two umbrella uncle under union unity universe upside
urban valley value vanilla velvet venus vine vintage violet violin vision voice volcano vow voyage wagon walking wall
walnut war warrior water wax weather web wednesday week weird west wheat whisper whistle white whole wide wild
willow win wing winner wire wisdom wise wish witch wonder wonderful wood wool word work world worry worth wrong yard
year yellow yes young youth zebra zero zone aaron adele alan alice amy andy angela anita arthur ashley barbara beth
bill bob bonnie brian bruno carlos carol celine charlie chris cindy clara daniel dean debbie diana donna drake duncan
ed edith eddie elena ella elton emily eric ernest eva fiona frank freddie gary george gloria greg gwen hannah harry
harrison helen hugo ian isabel ivan jackson jacob jade james jane janet jason jay jean jenny jessica jim joan joe john
johnny johnson jones jordan joseph joyce julia justin kate kelly ken kevin kim kurt lana larry laura lee lenny lewis
lily linda lisa lorde louis lucas lucy luke mac malik mariah marley marshall martin marvin mary matt max megan
michael miguel miles mitchell molly morgan nancy nathan neil nick nicole noah nora norah oliver olivia otis patti paul
peter phil pharrell ray rick rihanna robert robin roger ronnie roy ruth ryan sally samuel sandra sara scott sean shawn
simon smith sophie stella stephen steve sting susan taylor ted thomas tim tom tony tracy troy vera victor vincent
walker wayne wendy wilson young zach zoe
""".split()

COMMON_THAI = """
กระดาษ กระเป๋า กลาง กลิ่น กล้วย กลอง กวาง กอด กะทิ การ กำแพง กิน กีตาร์ กุหลาบ เกม เกลือ แก้ว แก่ ไกล ใกล้ ขนม
ขวัญ ของขวัญ ขอบฟ้า ขาว ขึ้น เขา เขต เข้าใจ แขก คน ครั้ง ครู คลอง ควัน ความรัก ความจริง ความลับ คอย คำ คำตอบ
คิด คิดถึง คืนนี้ คู่ เครื่องบิน แคว้น ใคร โค้ง จดจำ จมูก จริง จันทร์ จาก จำปา จิตใจ จูบ เจ็บ เจ้า ใจ ใจดี ฉัน
ฉลาม ช่วง ชมพู ชะตา ชาติ ชีวิต ชื่อ ชุด เชียงราย เชื่อ โชค ซอย ซ่อน ซื่อ ดอกไม้ ดอกรัก ดวงใจ ดวงดาว ด้วยกัน ดิน
ดี ดีใจ เด็กน้อย เดียว เดือน เดินเล่น แดด โดยสาร ใด ตก ต้น ตลก ตะเกียง ตา ตาม ต่าง ติด ตื่น ตุลา เต็ม แต่งงาน โต
โตเกียว ใต้ ถนนใหญ่ ถาม ถึง ถูก เถียง ทราย ทรงจำ ทะเลสาบ ทาง ทางกลับ ท่าเรือ ทำไม ทิ้ง ที่นี่ ที่รัก ทุก ทุ่ง
เทียน เที่ยง เท่าไร เธอ ธันวา นคร นอน นาน นาฬิกา น่ารัก น้ำ น้ำตา น้ำใจ น้ำแข็ง นิทาน นิ้ว นี้ เนื้อ เนิน แนว
ในฝัน บท บทเพลง บน บอก บัว บาง บ่าย บินไป บึง เบา เบื่อ ใบไม้ ประเทศ ปลา ปล่อย ปลาย ปาก ปี ปีก ปีใหม่ เป็น เปล่า
เปลี่ยน แปลก ไป ไปไหน ผม ผ้า ผิด ผ่าน ผู้ใหญ่ เผา แผ่นดิน ฝนตก ฝั่ง ฝาก ฝุ่น เฝ้า พบ พรม พระจันทร์ พลอย พัก พัทยา
พา พายเรือ พี่ชาย พื้น พุธ เพชรบุรี เพลิน เพิ่ง เพียง แพง โพธิ์ ฟัง ฟ้าใส ฟาง ฟุตบอล เฟื่องฟ้า ไฟฟ้า ภาพวาด ภาษา
มกรา มนุษย์ มหาสมุทร มอง มากมาย มา มิถุนา มีนา มือ มุม เมฆา เมตตา เมษา เมื่อไร แมงมุม โมง ไม้ ไม่มี ยอดเขา ยัง ยา
ยาย ยาวนาน ยามเย็น ยิ่ง ยืน เยอะ แยก โยก รถไฟ รถเมล์ ร่ม รส รอบ รอย รอยยิ้ม ระยอง ระฆัง ราก ราชา ร้าน ริมทาง รีบ
รุ่ง รุ่งเช้า รู้ เรียน เรือ เรือใบ แรง โรงเรียน ไร่ ลมหนาว ลอย ละคร ลา ล้าน ลิ้นชัก ลึก ลูก ลูกปัด เล่น เลิก เลือก
โลก โลกใบเดิม วงกลม วัน วันจันทร์ วันหนึ่ง วันศุกร์ วาด วาสนา วิชา วิเศษ เวลา เวียน แวว ไวโอลิน ศรัทธา ศิลป์
สงกรานต์ สงขลา สดใส สนาม สบาย สมุทร สยาม สวน สวย สวรรค์ สองเรา สักวัน สัญญา สาย สายน้ำ สายฝน สายลม สีคราม สีทอง
สีม่วง สุดใจ สุดท้าย สุรินทร์ สู้ เสมอ เสียง เสียใจ เสื้อ แสงจันทร์ แสงดาว โสด ใส หงส์ หนทาง หนัง หนุ่ม หมอก หมอน
หยด หยุด หลง หลวง หลังคา หลับ หวัง หวานใจ หัวหิน หัวเราะ หา หาดทราย หาย หิ่งห้อย หิ้ง หุบเขา เห็น เหงา เหนือ เหมือน
แหวน โหยหา ไหน ไหล องุ่น อดทน อบอุ่น อย่า อยู่ ออกไป อากาศ อาทิตย์ อีสาน อุดร เอก เอาใจ แอบ โอกาส ไอ ไออุ่น ฮิต
นภา กมล กานดา กิตติ ขวัญใจ จิรา ชลธิชา ชัย ณัฐ ดารา ดวงพร ธนา ธิดา นพดล นฤมล นุช บุญมี ประสิทธิ์ ปกรณ์ ปราณี พงษ์
พิมพ์ พรทิพย์ ภาคิน มนัส มานะ มณี ยุทธ รัตนา ลดา วรรณา วิชัย วิไล ศิริ สมศักดิ์ สมหญิง สุดา สุชาติ อนันต์ อรทัย อุษา
""".split()
