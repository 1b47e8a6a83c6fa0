"""Words that the app itself writes into an export, in the languages it ships: stems for markers and events.

Stems are looked for only where the structure already speaks for a marker (angle brackets, a left-to-right
mark, a file name before a bracket), so a stem may be short. Texts are compared folded. Whole lines are in
``phrases``, calls, polls and places in their own files.
Not covered: every language; where no word fits, ``markers`` falls back on structure and repetition.
"""

# Words of all scripts are what this file is about, look-alikes included.
# ruff: noqa: RUF001

import re
import unicodedata
from collections.abc import Iterable

from ingest.readers.whatsapp.marks import without_marks

_SAME = str.maketrans({"\u2018": "'", "\u2019": "'", "\u02bb": "'", "\u00a0": " ", "\u202f": " "})


def _alike(text: str) -> str:
    """One spelling for accents, apostrophes and spaces, which differ between versions of the app."""
    return text if text.isascii() else unicodedata.normalize("NFC", text).translate(_SAME)


def listed(words: str) -> tuple[str, ...]:
    """The words of a table: between bars and line ends."""
    return tuple(word.strip() for word in _alike(words).replace("\n", "|").split("|") if word.strip())


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of ``words``."""
    return "|".join(map(re.escape, words))


def _stems(words: str) -> re.Pattern[str]:
    return re.compile(any_of(listed(words)))


_OMITTED = listed("""
omitted|not included|omiti|omitid|omesso|omessa|omessi|omesse|omis|omès|omesa|omesos|ocult|não revelad|não incluíd
nascost|weggelass|ausgelass|ausgeschloss|nicht enthalten|ausgeblendet|weggelaten|weggelaat|uitgelaat|absent|manquant
exclu|esclus|non inclus|dahil edilmedi|atlanmış|pominię|vynechán|vynechan|izostavlj|izpuščen|kihagy|hiányzó|nélkül
udeladt|utelatt|utelämna|uteslut|utelslut|ikke inkludert|ikke inkluderet|uten vedlegg|sløyfet|jätetty pois
jätettiin pois|poisjätet|ei sisälly|ei kuvaa|tidak disertakan|tidak dimasukkan|disingkirkan|diabaikan|dikecualikan
bỏ qua|đã bỏ|không bao gồm|praleist|bez multivides|izlaist|ära jäetud|välja jäetud|ar lár|fágtha ar lár|fără audio
omise|omisă|çıxarıl|buraxıl|o‘tkazib|tushirib|walang kalakip|hindi isinama|u shpërfill|u la jashtë|imeachwa
haijajumuishwa|без медиа|без фа|отсутству|опущен|пропущен|пропусн|не добавлен|не додано|не включен|відсутн|вилучено
без медіа|изоставен|изостављ|изпуснат|испуштен|қосылмаған|жоқ|παραλείφθ|παραλήφθ|παράλειψη|παράληψη|παραλείπ
εξαίρεση|εξαιρέθ|הושמט|הושמטה|לא נכלל|ללא מדיה|استبعاد|لم يتم إدراج|غير مدرج|تم تجاهل|نکال دی|نظرانداز|نظر انداز
چھوڑ دیا|شامل نہیں|شامل نشده|वगळ|हटाई|हटायी|हटाया|छोड़ा|छोड़ी|के बिना|शामिल नहीं|বাদ দেওয়া|বাদ দেয়া|পড়তী|પડતી
પડતું|અવગણા|શામેલ કરી નથી|નામેલ|బహిష్క|విస్మరి|మినహాయి|நீக்கப்பட்ட|தவிர்க்கப்பட்ட|விடப்பட்ட|ഒഴിവാക്കി|ಕೈಬಿಡ|ಹೊರಗಿಡ
ਛੱਡਿਆ|ਛੱਡੀ|ไม่มี|ละเว้น|ไม่รวม|สื่อถูกลบ|省略|略去|忽略|未包含|未附|含まれていません|なし|생략|제외|포함되지
""")
_REMOVED = listed(
    "retiré|הוסר|حذف شد|удален|видален|supprim|entfernt|eliminad|removid|rimoss|verwijderd|usunięt|已删除|已刪除"
)
"""Stems that also tell of members and messages: beside a word for a medium they say that it was left out."""
_MEDIUM = listed("""
media|medien|medie|médie|multimed|multimèd|médi|mídi|multiméd|image|imag|immagin|bild|afbeeld|prent|foto|photo
fotograf|video|vídeo|vidéo|videó|audio|áudio|sticker|adhesiv|pegatin|autocoll|figurinha|autocolant|adesivo|çıkartma
gif|document|dokument|documento|dokumen|belge|message|nachricht|mensaje|mensagem|messaggio|bericht|note|notiz|file
datei|archiv|fichier|arquivo|ficheiro|bestand|fájl|fayl|fail|fil|kontakt|contact|contat|cartão|kartáč|karta
visitenkart|kişi|plik|pesan|medya|görüntü|görsel|ses|resim|medij|slika|slik|obraz|obráz|naklej|nálep|samolep|wideo
kép|hang|matric|ljud|lyd|klistermärk|klistremerk|klæbemærk|kuva|ääni|tarra|tiedosto|pilt|heli|kleebis|attēl|uzlīm
multivid|vaizd|garso|lipduk|laikmen|stiker|gambar|hình|ảnh|tệp|tập tin|phương tiện|âm thanh|nhãn dán|imatge|àudio
adhesiu|lêer|plakker|şəkil|rasm|skedar|fotografi|zëri|picha|sauti|faili|vyombo|íomhá|meán|larawan|медиа|медіа|медиј
мультимед|изображен|картин|фото|видео|відео|аудио|аудіо|голос|стикер|стікер|наклейк|документ|контакт|файл|слик|звук
снимк|зображен|бейне|сурет|εικόν|φωτογραφ|βίντεο|ήχο|ηχητικ|αυτοκόλλητ|έγγραφο|πολυμέσ|αρχεί|κάρτα|επαφ|מדיה|תמונה
סרטון|וידאו|וידיאו|שמע|קול|מדבק|סטיקר|מסמך|קובץ|איש קשר|وسائط|صورة|فيديو|صوت|ملصق|مستند|ملف|جهة|بطاقة|رسانه|تصویر
عکس|ویدیو|صدا|استیکر|سند|پرونده|فایل|مخاطب|میڈیا|ویڈیو|آڈیو|تصویر|फ़ोटो|फोटो|इमेज|चित्र|मीडिया|वीडियो|व्हिडिओ|ऑडियो
ऑडिओ|स्टिकर|दस्तावेज़|डॉक्यूमेंट|संपर्क|ছবি|মিডিয়া|ভিডিও|অডিও|স্টিকার|ડૉક્યુમેન્ટ|મીડિયા|ફોટો|વિડિઓ|ઑડિઓ|મિડિયા
மீடியா|படம்|வீடியோ|ஆடியோ|మీడియా|చిత్రం|వీడియో|ఆడియో|ಮಾಧ್ಯಮ|ಮೀಡಿಯಾ|ಚಿತ್ರ|ವೀಡಿಯೊ|ಆಡಿಯೋ|മീഡിയ|ചിത്രം|വീഡിയോ|ഓഡിയോ|ਮੀਡੀਆ
ਤਸਵੀਰ|ਵੀਡੀਓ|ਆਡੀਓ|สื่อ|รูป|ภาพ|วิดีโอ|วีดีโอ|เสียง|สติกเกอร์|เอกสาร|ไฟล์|媒体|媒體|图片|圖片|图像|圖像|照片|视频|視訊
影片|音频|音訊|語音|语音|贴图|貼圖|表情|文件|文檔|文档|档案|檔案|联系人|聯絡人|画像|写真|動画|ビデオ|音声|スタンプ
ステッカー|書類|ドキュメント|メディア|ファイル|連絡先|이미지|사진|동영상|비디오|오디오|음성|스티커|문서|미디어|파일
연락처
""")
OMITTED = re.compile(any_of(_OMITTED))
"""Left out, in an export without media."""
EDITED = _stems("""
edited|edita|editó|editat|edición|bearbeitet|modifié|modificat|bewerkt|düzenlen|edytowan|upraven|změněn|redigera
redigert|redigeret|muokat|szerkeszt|diedit|disunting|chỉnh sửa|uređen|urejeno|redaguot|rediģēt|izmenj|muudet|изменен
изменён|отредактир|відредаг|змінено|редактир|измењен|изменет|променен|өңделді|өзгертілді|επεξεργ|τροποποι|נערכ|تعديل
ویرایش|ترمیم|संपादित|एडिट|बदल|সম্পাদ|এডিট|સંપાદિત|એડિટ|திருத்த|సవరించ|ఎడిట్|ಸಂಪಾದಿಸ|ಎಡಿಟ್|എഡിറ്റ്|തിരുത്ത|ਸੰਪਾਦਿਤ
ਐਡਿਟ|แก้ไข|编辑|編輯|編集|수정|편집|redaktə|tahrirlan|redaktua|geredigeer
""")
MESSAGE = _stems("""
message|nachricht|mensaje|mensagem|messaggi|bericht|mesaj|сообщен|повідомлен|wiadomo|zpráv|správ|üzenet|poruk
sporočil|порук|порак|съобщен|meddeland|melding|besked|viest|sõnum|ziņ|žinut|pesan|mesej|tin nhắn|missatge|boodskap
μήνυμα|ismarıc|xabar|хабар|mesazh|ujumbe|mensahe|teachtaireacht|הודעה|رسالة|پیام|پیغام|میسج|मैसेज|संदेश|मेसेज|মেসেজ
বার্তা|મેસેજ|સંદેશ|செய்தி|సందేశ|మెసేజ్|ಸಂದೇಶ|സന്ദേശ|ਸੁਨੇਹ|ਮੈਸੇਜ|ข้อความ|消息|訊息|讯息|信息|メッセージ|메시지
""")
DELETED = _stems("""
delet|gelösch|elimin|supprim|apagad|apagou|apagaste|verwijder|silin|sildi|удал|видал|usuni|usunął|usunęł|smaz
odstran|odstrán|vymaz|töröl|törlés|șters|şters|izbris|obris|обриса|изтри|избриша|raderad|raderat|slettet|poistet
poistit|kustuta|izdzēs|ištrin|ištryn|dihapus|menghapus|padam|xóa|xoá|suprimi|uitgevee|geskrap|διαγρ|נמחק|מחקת|حذف
ڈیلیٹ|डिलीट|मिटा|हटव|हटा दि|বাদ|মুছে|ડિલીટ|நீக்க|తొలగించ|ಅಳಿಸ|ഇല്ലാതാക്കി|ਮਿਟਾ|ลบ|删除|刪除|削除|삭제|silinib
o‘chiri|жойыл|fshi|futwa|futa|scrios|binura
""")
ADMIN = _stems("""
admin|amministr|beheerder|yönetici|админ|адмін|správce|správc|ylläpit|ülevaataja|διαχειριστ|מנהל|المشرف|مشرف|مسؤول
مدیر|ایڈمن|एडमिन|ऍडमिन|অ্যাডমিন|quản trị|ผู้ดูแล|管理员|管理員|管理者|관리자
""")
_ATTACHED = listed("""
attach|adjunt|anex|allegat|joint|angehängt|anhang|bijgevoegd|bijlage|vedlagt|vedhæft|bifoga|liite|přilož|přípoj
pripojen|prilož|załącz|csatol|eklen|dosya ekli|ekli|terlampir|dilampir|lampiran|đính kèm|ataşat|atașa|privitk
pievienot|pridėt|prisegt|lisatud|manus|biriktiril|əlavə|ngjitur|bashkangjit|nakalakip|naka-attach|aangeheg
ambatanish|ambatishwa|ceangailte|príloha|příloha|adjunct|добавлен|прикреп|прикачен|приложен|приложена|додано|долучен
вложен|қосымша|қосылды|тіркел|συνημμέν|επισυνάφθ|επισυναπτ|מצורף|צורף|צורפ|مرفق|إرفاق|پیوست|منسلک|संलग्न|अटैच|जोडल
সংযুক্ত|જોડાય|જોડેલ|இணைக்க|జోడించ|ചേർത്ത|ചേർത്തു|ಸೇರಿಸ|ಲಗತ್ತಿಸ|ਅਟੈਚ|ਨੱਥੀ|แนบ|附件|附加|添付|첨부
""")
ATTACHED = re.compile(any_of(_ATTACHED))
"""Attached, as it stands beside the name of a file."""
FILE = _stems("""
file|datei|archiv|arxiu|fichier|arquivo|ficheiro|bestand|файл|датотек|plik|dosya|fil|tiedosto|soubor|súbor|fájl
fişier|fișier|datotek|αρχεί|קובץ|ملف|فایل|پرونده|فائل|फ़ाइल|फाइल|ফাইল|ไฟล์|tập tin|tệp|fail|文件|檔案|ファイル|파일
fitxer|fayl|skedar|lêer|comhad|ફાઇલ|கோப்பு|ఫైల్|ಫೈಲ್|ഫയൽ|ਫ਼ਾਈਲ|ਫਾਈਲ
""")
_OTHER_SCRIPT = re.compile("[\u0370-\u1dff\u1f00-\u1fff\u2c00-\U0010ffff]")
_BARE = re.compile(rf"(?:{any_of(_OMITTED)})\w{{0,8}}")
_AT_EDGE = re.compile(rf"(?:{any_of(_OMITTED + _REMOVED)})\w{{0,8}}")
_LATIN_MEDIUM = re.compile(rf"(?:^|[\W_])(?:{any_of(_MEDIUM)})")
_OTHER_MEDIUM = re.compile(any_of(word for word in _MEDIUM if _OTHER_SCRIPT.search(word)))
_NOUNS = frozenset(
    listed("""
image|imagen|imagem|immagine|bild|afbeelding|photo|foto|video|vídeo|vidéo|audio|áudio|sticker|figurinha|gif|document
documento|dokument|contact|card|kontaktkarte|visitenkarte|tarjeta|contacto|cartão|contato|fiche|scheda|contatto
contactkaart|media|medien|medie|médie|multimedia|mídia|médias|изображение|видео|аудиофайл|аудио|стикер|документ
görüntü|ses|çıkartma|belge|note|message|nachricht|obraz|obrázek|billede|bilde|ljud|lyd|kuva|zvuk|voice|pegatina
autocollant|adesivo
""")
)
_BETWEEN = frozenset(("de", "do", "del", "di", "view", "once"))
POLL = listed("""
poll|umfrage|encuesta|sondage|sondaggio|enquete|votação|sondagem|peiling|anket|опрос|опитування|голосування|ankieta
anketa|hlasování|hlasovanie|szavazás|sondaj|afstemning|omröstning|avstemning|äänestys|kysely|küsitlus|aptauja
balsojums|apklausa|jajak pendapat|polling|tinjauan pendapat|undian|khảo sát|cuộc thăm dò ý kiến|thăm dò ý kiến
bình chọn|enquesta|δημοσκόπηση|ψηφοφορία|סקר|استطلاع|استطلاع رأي|استطلاع الرأي|تصويت|نظرسنجی|رائے شماری|پول|पोल
मतदान|পোল|સર્વે|પોલ|கருத்துக்கணிப்பு|పోల్|ಪೋಲ್|പോൾ|ਪੋਲ|โพล|แบบสำรวจ|投票|投票活动|アンケート|투표|sorğu|so‘rovnoma
сауалнама|анкета|гласање|meningspeiling|sondazh|kura ya maoni|pobalbhreith
""")
"""Labels of polls."""
PLACE = listed("""
location|live location|standort|live-standort|ubicación|ubicación en tiempo real|ubicación en vivo|localisation
localisation en direct|position|posizione|posizione in tempo reale|posizione attuale|localização
localização em tempo real|localização atual|locatie|live locatie|live-locatie|konum|canlı konum|местоположение
геопозиция|геоданные|розташування|місцезнаходження|геодані|місцеперебування|lokalizacja|lokalizacja na żywo|poloha
aktuální poloha|poloha naživo|tartózkodási hely|hely|helyzet|élő helyzet|locație|locație în timp real|lokacija
lokacija uživo|lokacija v živo|локација|местоположение в реално време|plats|liveplats|platsinfo|posisjon
liveposisjon|placering|liveplacering|lokation|live lokation|sijainti|reaaliaikainen sijainti|asukoht|atrašanās vieta
vieta|buvimo vieta|lokasi|lokasi terkini|lokasi langsung|vị trí|vị trí trực tiếp|ubicació|ubicació en temps real
ligging|τοποθεσία|ζωντανή τοποθεσία|מיקום|מיקום בזמן אמת|الموقع|موقع|الموقع المباشر|موقعیت|موقعیت مکانی|مکان|مقام
लोकेशन|लाइव लोकेशन|स्थान|लाइव्ह लोकेशन|অবস্থান|লোকেশন|લોકેશન|સ્થાન|இருப்பிடம்|లొకేషన్|ಸ್ಥಳ|സ്ഥാനം|ലൊക്കേഷൻ|ਟਿਕਾਣਾ
ตำแหน่ง|ตำแหน่งที่ตั้ง|位置|实时位置|即時位置|位置信息|位置情報|現在地|위치|실시간 위치|məkan|joylashuv
орналасқан жер|орын|vendndodhja|mahali|suíomh|lokasyon
""")
"""Labels of places."""
_CARRIED = listed("""
live location|missed|voice call|video call|silenced|verpasster|sprachanruf|videoanruf|llamada|videollamada|appel
chiamata|videochiamata|chamada|videochamada|gemiste|cevapsız|sesli arama|görüntülü|пропущенный
waiting for this message|contact|kontakt|event|veranstaltung|evento|événement|evenement|etkinlik|мероприятие
wydarzenie|活动|活動|イベント|이벤트|حدث|אירוע|group invite|gruppeneinladung|invitación de grupo
invitation de groupe|convite|you received a view once
""")
CARRIED = re.compile(f"^(?:https?://|{any_of((*_CARRIED, *POLL, *PLACE))})")
"""Lines with the app's mark that still come from a person: links, polls, places, calls, cards, invitations."""
_SYSTEM = _stems("""
end-to-end|ende-zu-ende|extremo a extremo|bout en bout|crittografia|ponta a ponta|uçtan uca|сквозн|наскрізн|端到端
端对端|端對端|エンドツーエンド|종단간|بين الطرفين|مقصورة|מקצה לקצה|koncov|végpontok|krypter|salataan|szyfrow|criptat
mã hóa đầu cuối|κρυπτογράφηση|एंड-टू-एंड|terenkripsi|created group|created the group|created this group
changed the group|changed this group|changed the subject|changed their phone number|changed to a new number
joined using this group|joined using a|joined via|joined from the community|joined the group|now an admin
no longer an admin|security code|disappearing messages|message timer|pinned a message|requested to join
admin approval|is a contact|this business|this contact|business account|this community|advanced chat privacy
hat die gruppe|hat den gruppen|hat das gruppen|hat die gruppenbeschreibung|sicherheitsnummer
selbstlöschende nachrichten|gruppeneinladungslink|jetzt admin|angepinnt|creó el grupo|cambió el asunto
cambió la descripción|código de seguridad|mensajes temporales|fijó un mensaje|a créé le groupe|a changé le sujet
code de sécurité|messages éphémères|a épinglé un message|criou o grupo|mudou o nome|código de segurança
mensagens temporárias|fixou uma mensagem|ha creato il gruppo|ha cambiato l'oggetto|codice di sicurezza
messaggi effimeri|ha fissato un messaggio|heeft de groep|heeft groep|beveiligingscode|heeft een bericht vastgezet
""")
_SYSTEM_END = re.compile(
    r"(?:^.{1,60} (?:left|added you|was added|were added|was removed|were removed|hat die gruppe verlassen"
    r"|salió del grupo|a quitté le groupe|saiu|ha abbandonato|heeft de groep verlaten)"
    r"|^.{1,60} (?:added|removed) .{1,200}"
    r"|^(?:you|du|tú|vous|você|tu|je) .{0,20}(?:added|removed|were|joined|left|created|changed|turned|updated|blocked"
    r"|unblocked|wurdest|hast|añadiste|avez|adicionou|hebt).{0,300})$"
)


def folded(text: str) -> str:
    """``text`` as phrases are compared: casefolded, without marks, outer space and final dots."""
    return _alike(without_marks(text)).strip().rstrip(".。।۔").rstrip().casefold()


def is_left_out(text: str, *, marked: bool) -> bool:
    """Whether ``text`` (folded) says in a few words that a medium was left out, as in "media omitted".

    ``marked``: the app's mark stands before it, so the word for the medium may be unknown.
    """
    words = text.split()
    if not 1 <= len(words) <= 7 or len(text) > 70 or "://" in text:
        return False
    if _OTHER_SCRIPT.search(text) is None:
        # The words for "left out" begin or end what the app says; in a sentence they stand anywhere.
        medium = _LATIN_MEDIUM.search(text) is not None
        edge = _edge(text)
        return edge is not None and (medium or (marked and len(words) <= 2 and edge not in _REMOVED))
    if _OTHER_MEDIUM.search(text) is not None:
        return _AT_EDGE.search(text) is not None
    return marked and len(words) <= 3 and len(text) <= 30 and OMITTED.search(text) is not None


def _edge(text: str) -> str | None:
    """The stem for "left out" with which ``text`` begins or ends, or None."""
    for found in _AT_EDGE.finditer(text):
        if found.start() == 0 or found.end() == len(text):
            return next(stem for stem in _OMITTED + _REMOVED if found[0].startswith(stem))
    return None


def names_a_medium(text: str) -> bool:
    """Whether ``text`` (folded) has a word for a message or a medium."""
    return any(pattern.search(text) is not None for pattern in (MESSAGE, _LATIN_MEDIUM, _OTHER_MEDIUM))


def is_bare_placeholder(text: str) -> bool:
    """Whether ``text`` (folded) is only a medium's noun and a word for "left out", as in "image omitted"."""
    words = text.split()
    if not 2 <= len(words) <= 6 or _NOUNS.isdisjoint(words):
        return False
    rest = " ".join(word for word in words if word not in _NOUNS and word not in _BETWEEN)
    return _BARE.fullmatch(rest) is not None


def beginnings() -> tuple[str, ...]:
    """How bare placeholders begin, folded."""
    seconds = {word[0] for word in (*_OMITTED, *_NOUNS)}
    return tuple(f"{noun} {second}" for noun in _NOUNS if len(noun) > 2 for second in seconds)


def is_system_phrase(text: str) -> bool:
    """Whether ``text`` reads like an event of the chat: encryption, members, group settings."""
    return _SYSTEM.search(folded(text)) is not None


def is_system_event(text: str) -> bool:
    """Whether ``text`` (folded), already marked as the app's own, reads like an event, in a wider sense."""
    return is_system_phrase(text) or _SYSTEM_END.match(text) is not None
