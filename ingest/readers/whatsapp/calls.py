"""Calls, which stand in a chat as a line of the app: "Missed voice call", "Video call, 12 min".

A line with the app's mark may say anything behind the words for a call. Without the mark only a whole line
of the app counts, because people write about calls, too. Not covered: who took part in a group's call.
"""

# ruff: noqa: RUF001

import re

from ingest.readers.whatsapp.words import any_of, folded, listed

_LONGEST = 120
_CALL = listed("""
voice call|video call|audio call|phone call|sprachanruf|videoanruf|gruppenanruf|llamada de voz|llamada perdida
llamada|videollamada|appel vocal|appel vidéo|appel audio|chiamata vocale|videochiamata|chamada de voz
chamada de vídeo|videochamada|ligação de voz|ligação de vídeo|spraakoproep|audio-oproep|audiogesprek|spraakgesprek
videogesprek|video-oproep|sesli arama|görüntülü arama|аудиозвонок|видеозвонок|голосовой звонок|аудіодзвінок
відеодзвінок|голосовий дзвінок|голосовий виклик|відеовиклик|аудіовиклик|połączenie głosowe|połączenie wideo
rozmowa głosowa|rozmowa wideo|hlasový hovor|videohovor|hanghívás|videohívás|apel vocal|apel video|röstsamtal
videosamtal|taleopkald|videoopkald|taleanrop|videoanrop|äänipuhelu|videopuhelu|häälkõne|videokõne|balss zvans
videozvans|balso skambutis|vaizdo skambutis|φωνητική κλήση|κλήση βίντεο|βιντεοκλήση|שיחה קולית|שיחת וידאו|שיחת קול
مكالمة صوتية|مكالمة فيديو|مكالمة مرئية|تماس صوتی|تماس تصویری|وائس کال|ویڈیو کال|वॉइस कॉल|वॉयस कॉल|वीडियो कॉल
व्हिडिओ कॉल|ভয়েস কল|ভিডিও কল|વૉઇસ કૉલ|વિડિઓ કૉલ|குரல் அழைப்பு|வீடியோ அழைப்பு|వాయిస్ కాల్|వీడియో కాల్|ವಾಯ್ಸ್ ಕರೆ
ವೀಡಿಯೊ ಕರೆ|വോയ്‌സ് കോൾ|വീഡിയോ കോൾ|ਵੌਇਸ ਕਾਲ|ਵੀਡੀਓ ਕਾਲ|panggilan suara|panggilan video|cuộc gọi thoại|cuộc gọi video
การโทรด้วยเสียง|สายโทรด้วยเสียง|วิดีโอคอล|การโทรวิดีโอ|สายสนทนา|语音通话|視訊通話|视频通话|語音通話|音声通話
ビデオ通話|음성 통화|음성통화|영상 통화|영상통화|trucada de veu|videotrucada|glasovni poziv|videopoziv|video poziv
glasovni klic|videoklic|гласовни позив|видео-позив|видео позив|гласово обаждане|видео обаждане|видеообаждане
гласовен повик|видеоповик|səsli zəng|video zəng|ovozli qo‘ng‘iroq|video qo‘ng‘iroq|дауыстық қоңырау|бейне қоңырау
stemoproep|thirrje zanore|video-thirrje|simu ya sauti|simu ya video|glaoch gutha|glaoch físe
""")
_MISSED = listed("""
missed|silenced|unanswered|verpasster|verpasste|stummgeschalteter|perdida|perdido|silenciada|sin contestar|manqué
silencieux|persa|silenziata|não atendida|gemiste|gemist|gedempte|cevapsız|sessize alınan|пропущенный|пропущений
пропущено|заглушенный|nieodebrane|nieodebrana|wyciszone|zmeškaný|ztlumený|nem fogadott|pierdut|ratat|missat
ubesvaret|mistet|ubesvart|tapt|vastaamaton|vastamata|neatbildēts|praleistas|αναπάντητη|αναπάντητη κλήση|שלא נענתה
לא נענתה|فائتة|لم يرد عليها|بی‌پاسخ|از دست رفته|مسڈ|मिस्ड|छूटी हुई|सुटलेला|মিসড|মিস করা|ચૂકેલો|தவறிய|మిస్డ్|മിസ്ഡ്
ਮਿਸਡ|tak terjawab|tidak terjawab|terlewat|nhỡ|ไม่ได้รับ|ที่ไม่ได้รับ|未接|の不在着信|不在着信|부재중|perduda
propušteni|propuštene|zgrešen|zamujen|пропуштен|пропуснато|пропуштен|buraxılmış|javobsiz|жауап берілмеген|gemiste
i humbur|ambayo haikujibiwa|caillte
""")
_GROUP = listed("""
group|gruppen|grupal|de groupe|di gruppo|em grupo|de grupo|groeps|grup|групповой|груповий|grupowe|grupowa|skupinový
csoportos|de grup|grupp|gruppe|ryhmä|ομαδική|קבוצתית|جماعية|गروهی|गروپ|ग्रुप|kumpulan|nhóm|กลุ่ม|群组|群組|グループ
그룹|grupni|групов
""")
_CLOCK = r"\d{1,2}[:.]\d\d(?:[\s\u202f]?[ap]\.?\s?m\.?)?(?: uhr)?"
_LINE = re.compile(
    rf"(?:(?P<missed>{any_of(_MISSED)})[\s\u200c-]*)?(?:(?:{any_of(_GROUP)})[\s-]*)?"
    rf"(?P<call>{any_of(_CALL)})(?:\s+(?:{any_of(_GROUP)}))?"
    rf"(?:\s*(?P<late>{any_of(_MISSED)}))?(?:\s+\S{{1,3}}(?: las?)?\s+{_CLOCK})?"
    r"(?:\s*(?:[,.:;·•،、。，]|\s-)\s*(?P<tail>\S.{0,70}))?"
)
_WHOLE = frozenset(
    listed("不在着信|missed group call|missed call|verpasster anruf|appel manqué|chiamata persa|gemiste oproep")
)
_UNIT = (
    r"(?:s|sec|secs|seconds?|min|mins|minutes?|m|h|hr|hrs|hours?|sek|sekunden?|minuten?|std|stunden?|seg|segundos?"
    r"|minutos?|horas?|secondes?|heures?|secondi|minuti|minuto|ora|ore|seconden|uur|sn|dk|sa|saniye|dakika|saat"
    r"|с|сек|мин|ч|хв|год|godz|hod|mp|perc|óra|t|tim|timer?|ttim|ore|δευτ|λεπτά|λεπ|λ|ώρ\S{0,3}"
    r"|שניות|שנ׳|דקות|דק׳|שעות|ثانية|ثوان|دقيقة|دقائق|ساعة|ساعات|ثانیه|دقیقه|ساعت|सेकंड|सेकेंड|मिनट|मि|घंटे"
    r"|মিনিট|detik|mnt|menit|jam|saat|minit|giây|phút|giờ|วินาที|นาที|ชั่วโมง|秒|分|分钟|分鐘|小时|小時|時間|초|분|시간)"
)
_DURATION = re.compile(rf"\d{{1,3}}(?::\d\d){{1,2}}|(?:\d{{1,3}}\s?{_UNIT}\.?[\s,]*){{1,3}}")
_STATUS = re.compile(
    r"(?:no answer|not answered|unanswered|declined|cancell?ed|busy|answered on (?:an)?other device"
    r"|(?:tap|click) to (?:call back|join)|focus mode|do not disturb|\d{1,2} joined"
    r"|keine antwort|nicht angenommen|(?:zum zurückrufen tippen|tippe, um zurückzurufen)|abgelehnt"
    r"|sin respuesta|no contestada|(?:toca|pulsa) para (?:devolver la llamada|llamar)|rechazada"
    r"|pas de réponse|sans réponse|(?:appuyez|touchez) pour rappeler|refusé|nessuna risposta|tocca per richiamare"
    r"|rifiutata|sem resposta|não atendida|toque para (?:ligar de volta|retornar(?: a ligação)?)|geen antwoord"
    r"|niet beantwoord|tik om terug te bellen|(?:yanıt|cevap) yok|yanıtlanmadı|geri aramak için dokunun"
    r"|(?:нет|без) ответа|нажмите, чтобы перезвонить|немає відповіді|без відповіді|brak odpowiedzi"
    r"|bez odpovědi|bez odpovede|nincs válasz|fără răspuns|inget svar|intet svar|ingen svar|ei vastausta"
    r"|δεν απαντήθηκε|καμία απάντηση|אין מענה|ללא מענה|لا يوجد رد|لم يتم الرد|بدون پاسخ|कोई जवाब नहीं"
    r"|tidak (?:ada jawaban|dijawab)|tiada jawapan|không trả lời|không có câu trả lời|ไม่มีการตอบรับ|ไม่รับสาย"
    r"|未接听|无人接听|無人接聽|無回應|応答なし|不在|응답 없음|sense resposta|nema odgovora)"
)


def is_call(text: str, *, marked: bool) -> bool:
    """Whether ``text`` is the app's line for a call; ``marked`` if it begins with the app's mark."""
    if len(text) > _LONGEST or "\n" in text.strip():
        return False
    line = folded(text)
    found = _LINE.fullmatch(line)
    if found is None:
        return line in _WHOLE
    tail = (found["tail"] or "").strip()
    if marked:
        return True
    missed = found["missed"] is not None or found["late"] is not None or "perdida" in found["call"]
    if not tail:
        return missed
    return _DURATION.fullmatch(tail) is not None or _STATUS.fullmatch(tail) is not None


def beginnings() -> tuple[str, ...]:
    """How lines for calls begin, folded."""
    return (*_CALL, *_MISSED, *_GROUP, *_WHOLE)
