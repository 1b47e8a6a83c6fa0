"""What the app itself writes into an export, in the languages it ships: stems for markers, phrases for lines.

Stems are looked for only where the structure already speaks for a marker (angle brackets, a left-to-right
mark, a file name before a bracket), so a stem may be short. Texts are compared casefolded, without marks and
final dots.
Not covered: every language; where no word fits, ``markers`` falls back on structure and repetition.
"""

# Words of all scripts are what this file is about, look-alikes included.
# ruff: noqa: RUF001

import re

from ingest.readers.whatsapp.marks import without_marks


def _any(stems: str) -> re.Pattern[str]:
    words = [stem.strip() for stem in stems.split("|") if stem.strip()]
    return re.compile("|".join(re.escape(w) for w in words))


OMITTED = _any(
    # Latin script
    "omitted|omiti|omitid|omesso|omessa|omessi|omis|omès|omesa|omesos|omesa|ocult|não revelad|não"
    " incluíd|nascost"
    "|weggelass|ausgelass|ausgeschloss|nicht enthalten|weggelaten|weggelaat|absent|manquant|retiré|exclu"
    "|esclus"
    "|non inclus|dahil edilmedi|atlanmış|pominię|vynechán|vynechan|izostavlj|izpuščen|kihagy|hiányzó"
    "|udeladt|utelatt"
    "|utelämnat|uteslut|utelslut|ikke inkludert|uten vedlegg|sløyfet|jätetty pois|jätettiin pois|ei sisälly"
    "|ei kuvaa|tidak disertakan|tidak dimasukkan|disingkirkan|bỏ qua|đã bỏ|praleist|bez multivides|ära jäetud"
    "|ar lár|fără audio|çıxarılmış|o‘tkazib|walang kalakip|u shpërfill|not included"
    # other scripts
    "|без медиа|без фа|отсутству|опущен|пропущен|пропусн|не добавлен|не додано|відсутн|изоставен|изостављ|жоқ"
    "|παραλείφθ|παραλήφθ|παράλειψη|παράληψη|εξαίρεση|הושמט|הוסר|לא נכלל|استبعاد|لم يتم إدراج|حذف شد|نکال دی"
    "|نظرانداز|نظر انداز|چھوڑ دیا|वगळ|हटाई|हटायी|छोड़ा|के बिना|বাদ দেওয়া|পড়তী|પડતી|પડતું|અવગણા|શામેલ"
    " કરી નથી"
    "|નામેલ|విస్మరి|நீக்கப்பட்ட|ഒഴിവാക്കി|ಕೈಬಿಡ|ਛੱਡਿਆ|ไม่มี|ละเว้น|สื่อถูกลบ|省略|略去|忽略"
    "|含まれていません|생략|제외"
)
EDITED = _any(
    "edited|edita|editó|editat|edición|bearbeitet|modifié|modificat|bewerkt|düzenlen|edytowan|upraven|změněn"
    "|redigera|redigert|redigeret|muokat|szerkeszt|diedit|disunting|chỉnh sửa|uređen|urejeno|redaguot|rediģēt"
    "|muudet|изменен|изменён|отредактир|відредаг|змінено|редактир|измењен|επεξεργ|τροποποι|נערכ|تعديل"
    "|ویرایش|ترمیم"
    "|संपादित|एडिट|बदल|সম্পাদ|แก้ไข|编辑|編輯|編集|수정|편집"
)
ATTACHED = _any(
    "attach|adjunt|anex|allegat|joint|angehängt|anhang|bijgevoegd|bijlage|vedlagt|vedhæft|bifoga|liite|přilož"
    "|přípoj|pripojen|prilož|załącz|csatol|eklen|dosya ekli|terlampir|dilampir|đính kèm|ataşat|atașa|privitku"
    "|pievienot|prisegt|lisatud|biriktiril|əlavə|ngjitur|nakalakip|aangeheg|ambatanish|ceangailte"
    "|príloha|příloha"
    "|добавлен|прикреп|прикачен|додано|вложен|қосымша|συνημμέν|επισυνάφθ|מצורף|צורף|مرفق|إرفاق|پیوست"
    "|संलग्न|अटैच"
    "|সংযুক্ত|જોડાય|జోడించ|ചേർത്ത|ಸೇರಿಸ|ਅਟੈਚ|แนบ|附件|附加|添付|첨부"
)
_DELETED = frozenset(
    phrase.strip()
    for phrase in """
this message was deleted|you deleted this message|message deleted|this message has been deleted
diese nachricht wurde gelöscht|du hast diese nachricht gelöscht
se eliminó este mensaje|este mensaje fue eliminado|eliminaste este mensaje|mensaje eliminado
ce message a été supprimé|vous avez supprimé ce message|tu as supprimé ce message
questo messaggio è stato eliminato|hai eliminato questo messaggio
esta mensagem foi apagada|essa mensagem foi apagada|mensagem apagada|você apagou esta mensagem
apagou esta mensagem
você apagou essa mensagem|apagaste esta mensagem|esta mensagem foi eliminada|eliminou esta mensagem
dit bericht is verwijderd|u hebt dit bericht verwijderd|je hebt dit bericht verwijderd
bu mesaj silindi|bu mesajı sildiniz
данное сообщение удалено|сообщение удалено|вы удалили данное сообщение|вы удалили это сообщение
це повідомлення було видалено|це повідомлення видалено|ви видалили це повідомлення
ta wiadomość została usunięta|usunąłeś tę wiadomość|usunęłaś tę wiadomość|usunięto tę wiadomość
tato zpráva byla smazána|tato zpráva byla odstraněna|tuto zprávu jste smazali|táto správa bola odstránená
túto správu ste odstránili|ez az üzenet törlésre került|törölted ezt az üzenetet|acest mesaj a fost șters
ați șters acest mesaj|ai șters acest mesaj|ova je poruka izbrisana|ova poruka je izbrisana
izbrisali ste ovu poruku
to sporočilo je bilo izbrisano|to sporočilo ste izbrisali|ова порука је обрисана|съобщението беше изтрито
изтрихте това съобщение|оваа порака беше избришана|det här meddelandet raderades|detta meddelande raderades
du raderade det här meddelandet|denne meldingen ble slettet|du slettet denne meldingen
denne besked blev slettet|denne besked er blevet slettet|du slettede denne besked
tämä viesti poistettiin|poistit tämän viestin|see sõnum on kustutatud|kustutasid selle sõnumi
šī ziņa tika izdzēsta|jūs izdzēsāt šo ziņu|ši žinutė buvo ištrinta|jūs ištrynėte šią žinutę
pesan ini telah dihapus|pesan ini dihapus|anda menghapus pesan ini|anda telah menghapus pesan ini
mesej ini telah dipadam|anda telah memadamkan mesej ini|tin nhắn này đã bị xóa|tin nhắn này đã bị xoá
bạn đã xóa tin nhắn này|bạn đã xoá tin nhắn này|aquest missatge s'ha suprimit|has suprimit aquest missatge
hierdie boodskap is uitgevee|αυτό το μήνυμα διαγράφηκε|διαγράψατε αυτό το μήνυμα|bu ismarıc silindi
הודעה זו נמחקה|ההודעה נמחקה|מחקת את ההודעה הזו|מחקת הודעה זו
تم حذف هذه الرسالة|لقد حذفت هذه الرسالة|حذفت هذه الرسالة|أنت حذفت هذه الرسالة
این پیام حذف شد|این پیام حذف شده است|شما این پیام را حذف کردید|یہ پیغام حذف کیا گیا|یہ میسج حذف کر دیا گیا ہے
यह मैसेज डिलीट कर दिया गया है|यह मैसेज डिलीट किया गया|यह संदेश मिटाया गया|आपने यह मैसेज डिलीट किया
हा मेसेज हटवण्यात आला|तुम्ही हा मेसेज हटवला|এই মেসেজটি বাদ দেওয়া হয়েছে|এই বার্তাটি মুছে ফেলা হয়েছে
ข้อความนี้ถูกลบแล้ว|ข้อความนี้ถูกลบ|คุณได้ลบข้อความนี้|คุณลบข้อความนี้
此消息已删除|这条消息已删除|这条消息已被删除|消息已删除|您已删除这条消息|你已删除此消息|您删除了这条消息
你删除了这条消息
此訊息已刪除|您已刪除此訊息|你已刪除此訊息|このメッセージは削除されました|このメッセージを削除しました
이 메시지는 삭제되었습니다|삭제된 메시지입니다|삭제한 메시지입니다|이 메시지를 삭제했습니다
""".replace("\n", "|").split("|")
    if phrase.strip()
)
_DELETED_BY_ADMIN = re.compile(
    r"(?:this message was deleted by (?:an )?admin|diese nachricht wurde von admin|you deleted this"
    r" message as admin)\b"
)
_MEDIA_WORDS = (
    "image imagen imagem immagine bild afbeelding photo foto video vídeo vidéo audio áudio sticker"
    " figurinha gif"
    " document documento dokument contact card kontaktkarte tarjeta contacto cartão contato fiche scheda"
    " contatto"
    " contactkaart media medien multimedia mídia médias изображение видео аудиофайл стикер документ"
    " görüntü ses"
    " çıkartma belge note message nachricht obraz obrázek billede bilde ljud lyd kuva zvuk de do del"
)
_MEDIA = frozenset(_MEDIA_WORDS.split())
UNAVAILABLE = re.compile(r"(?:waiting for this message|you received a view once|warten auf diese nachricht)")
"""Starts of what stands for a message that this phone could not show."""
CARRIED = re.compile(
    r"^(?:poll|umfrage|encuesta|sondage|sondaggio|enquete|location|standort|ubicaci|localisation"
    r"|posizione|localiza"
    r"|live location|missed|voice call|video call|silenced|verpasster|sprachanruf|videoanruf|llamada"
    r"|videollamada"
    r"|appel|chiamata|videochiamata|chamada|videochamada|gemiste|cevapsız|sesli arama|görüntülü|пропущенный"
    r"|waiting for this message|contact|kontakt|event|veranstaltung|evento|group invite|you received a"
    r" view once)"
)
"""Lines with the app's mark that still come from a person: polls, places, calls, cards."""
_SYSTEM = _any(
    "end-to-end|ende-zu-ende|extremo a extremo|bout en bout|crittografia|ponta a ponta|uçtan uca|сквозн"
    "|наскрізн"
    "|端到端|端对端|端對端|エンドツーエンド|종단간|بين الطرفين|مقصورة|מקצה לקצה|koncov|végpontok|krypter"
    "|salataan"
    "|szyfrow|criptat|mã hóa đầu cuối|κρυπτογράφηση|एंड-टू-एंड|terenkripsi"
    "| created group| created the group| created this group| changed the group| changed this group"
    "| changed the subject| changed their phone number| changed to a new number|joined using this group"
    "|joined using a"
    "|joined via|joined from the community|joined the group| now an admin|no longer an admin|security code"
    "|disappearing messages|message timer|pinned a message|requested to join|admin approval|is a contact"
    "|this business|this contact|business account|this community|advanced chat privacy"
    "| hat die gruppe| hat den gruppen| hat das gruppen| hat die gruppenbeschreibung|sicherheitsnummer"
    "|selbstlöschende nachrichten|gruppeneinladungslink| jetzt admin|angepinnt| creó el grupo| cambió el"
    " asunto"
    "| cambió la descripción|código de seguridad|mensajes temporales| a créé le groupe| a changé le sujet"
    "|code de sécurité|messages éphémères| criou o grupo| mudou o nome|código de segurança|mensagens"
    " temporárias"
    "| ha creato il gruppo| ha cambiato l'oggetto|codice di sicurezza|messaggi effimeri"
    "| heeft de groep| heeft groep|beveiligingscode"
)
_SYSTEM_END = re.compile(
    r"(?:^.{1,60} (?:left|added you|was added|were added|was removed|were removed|hat die gruppe verlassen"
    r"|salió del grupo|a quitté le groupe|saiu|ha abbandonato|heeft de groep verlaten)"
    r"|^.{1,60} (?:added|removed) .{1,200}"
    r"|^(?:you|du|tú|vous|você|tu|je) .{0,20}(?:added|removed|were|joined|left|created|changed|turned"
    r"|updated|blocked"
    r"|unblocked|wurdest|hast|añadiste|avez|adicionou|hebt).{0,300})$"
)


def folded(text: str) -> str:
    """``text`` as phrases are compared: casefolded, without marks, outer space and final dots."""
    return without_marks(text).strip().rstrip(".。।۔").rstrip().casefold()


def is_deleted(text: str) -> bool:
    """Whether ``text`` (folded) is what stands for a deleted message."""
    return text in _DELETED or (len(text) < 120 and _DELETED_BY_ADMIN.match(text) is not None)


def is_bare_placeholder(text: str) -> bool:
    """Whether ``text`` (folded) is only a medium's noun and a word for "left out", as in "image omitted"."""
    words = text.split()
    if not 2 <= len(words) <= 4 or _MEDIA.isdisjoint(words):
        return False
    rest = " ".join(word for word in words if word not in _MEDIA)
    return rest != "" and OMITTED.match(rest) is not None


def is_system_phrase(text: str) -> bool:
    """Whether ``text`` reads like an event of the chat: encryption, members, group settings."""
    return _SYSTEM.search(text.casefold()) is not None


def is_system_event(text: str) -> bool:
    """Whether ``text`` (folded), already marked as the app's own, reads like an event, in a wider sense."""
    return is_system_phrase(text) or _SYSTEM_END.match(text) is not None


APP = r"(?:WhatsApp|واتساب|וואטסאפ)"
"""The app's name in the names of files."""
CHAT_WITH = (
    r"(?:with|mit|met|con|com|avec|amb|cu|med|s uživatelem|s používateľom|s|z użytkownikiem|z|с"
    r" контактом|с|з|із|με"
    r"|dengan|với|עם|مع|با|与|與|和)"
)
"""What stands between "chat" and a name."""
CHAT = (
    r"(?:chats?|gesprek|conversa|conversación|conversation|discussion|razgovor|xat|samtal|чат|συνομιλία"
    r"|دردشة|محادثة"
    r"|گفتگوی|czat|konverzace|konverzácia|csevegés|conversație|trò chuyện|obrolan|צ'אט)"
)
"""The noun for a chat."""
