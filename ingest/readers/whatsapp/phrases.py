"""Whole lines that the app writes in place of a message, or behind one, in the languages it ships.

A line counts only as a whole: people write about deleted messages, too. Lines are compared folded (see
``words.folded``). Not covered: every language; ``words`` has stems for lines that bear the app's mark.
"""

# Words of all scripts are what this file is about, look-alikes included.
# ruff: noqa: RUF001

import re

from ingest.readers.whatsapp import words
from ingest.readers.whatsapp.words import ADMIN, DELETED, MESSAGE, folded, listed

DELETED_LINES = frozenset(
    listed("""
this message was deleted|you deleted this message|message deleted|this message has been deleted
you deleted this message for everyone|you deleted this message as admin
diese nachricht wurde gelöscht|du hast diese nachricht gelöscht|nachricht gelöscht|nachricht wurde gelöscht
se eliminó este mensaje|este mensaje fue eliminado|eliminaste este mensaje|mensaje eliminado
has eliminado este mensaje
ce message a été supprimé|vous avez supprimé ce message|tu as supprimé ce message|message supprimé
questo messaggio è stato eliminato|hai eliminato questo messaggio|messaggio eliminato
esta mensagem foi apagada|essa mensagem foi apagada|mensagem apagada|você apagou esta mensagem|apagou esta mensagem
você apagou essa mensagem|apagaste esta mensagem|esta mensagem foi eliminada|eliminou esta mensagem
mensagem eliminada
eliminaste esta mensagem
dit bericht is verwijderd|u hebt dit bericht verwijderd|je hebt dit bericht verwijderd|dit bericht werd verwijderd
jij hebt dit bericht verwijderd
bu mesaj silindi|bu mesajı sildiniz|bu mesajı sildin|mesaj silindi
данное сообщение удалено|сообщение удалено|вы удалили данное сообщение|вы удалили это сообщение
это сообщение было удалено|это сообщение удалено|вы удалили сообщение
це повідомлення було видалено|це повідомлення видалено|ви видалили це повідомлення|повідомлення видалено
ta wiadomość została usunięta|usunąłeś tę wiadomość|usunęłaś tę wiadomość|usunięto tę wiadomość|wiadomość usunięta
wiadomość została usunięta|usunięto wiadomość|ta wiadomość została usunięta przez ciebie
tato zpráva byla smazána|tato zpráva byla odstraněna|tuto zprávu jste smazali|tuto zprávu jste odstranili
zpráva byla smazána|smazali jste tuto zprávu
táto správa bola odstránená|túto správu ste odstránili|táto správa bola vymazaná|odstránili ste túto správu
ez az üzenet törlésre került|törölted ezt az üzenetet|ezt az üzenetet törölték|az üzenet törölve|üzenet törölve
acest mesaj a fost șters|ați șters acest mesaj|ai șters acest mesaj|acest mesaj a fost şters|mesaj șters
ova je poruka izbrisana|ova poruka je izbrisana|izbrisali ste ovu poruku|poruka je izbrisana|obrisali ste ovu poruku
to sporočilo je bilo izbrisano|to sporočilo ste izbrisali|izbrisali ste to sporočilo|sporočilo je bilo izbrisano
ова порука је обрисана|обрисали сте ову поруку|порука је обрисана|ova poruka je obrisana
съобщението беше изтрито|изтрихте това съобщение|това съобщение беше изтрито|това съобщение е изтрито
оваа порака беше избришана|ја избришавте оваа порака|пораката е избришана
det här meddelandet raderades|detta meddelande raderades|du raderade det här meddelandet|meddelandet raderades
det här meddelandet har raderats|du raderade detta meddelande
denne meldingen ble slettet|du slettet denne meldingen|meldingen ble slettet|denne meldingen er slettet
denne besked blev slettet|denne besked er blevet slettet|du slettede denne besked|beskeden blev slettet
tämä viesti poistettiin|poistit tämän viestin|viesti poistettiin|tämä viesti on poistettu
see sõnum on kustutatud|kustutasid selle sõnumi|see sõnum kustutati|sõnum on kustutatud
šī ziņa tika izdzēsta|jūs izdzēsāt šo ziņu|šis ziņojums tika izdzēsts|jūs izdzēsāt šo ziņojumu
ši žinutė buvo ištrinta|jūs ištrynėte šią žinutę|ištrynėte šią žinutę|žinutė ištrinta
pesan ini telah dihapus|pesan ini dihapus|anda menghapus pesan ini|anda telah menghapus pesan ini|pesan dihapus
mesej ini telah dipadam|anda telah memadamkan mesej ini|mesej ini telah dipadamkan|anda memadam mesej ini
tin nhắn này đã bị xóa|tin nhắn này đã bị xoá|bạn đã xóa tin nhắn này|bạn đã xoá tin nhắn này|tin nhắn đã bị xóa
tin nhắn này đã xóa|tin nhắn đã bị xoá
aquest missatge s'ha suprimit|has suprimit aquest missatge|s'ha suprimit aquest missatge
heu suprimit aquest missatge
aquest missatge s'ha eliminat|has eliminat aquest missatge
hierdie boodskap is uitgevee|jy het hierdie boodskap uitgevee|hierdie boodskap is geskrap
αυτό το μήνυμα διαγράφηκε|διαγράψατε αυτό το μήνυμα|διαγράψατε το μήνυμα|το μήνυμα διαγράφηκε
αυτό το μήνυμα έχει διαγραφεί
הודעה זו נמחקה|ההודעה נמחקה|מחקת את ההודעה הזו|מחקת הודעה זו|ההודעה הזו נמחקה|מחקת את ההודעה|הודעה נמחקה
تم حذف هذه الرسالة|لقد حذفت هذه الرسالة|حذفت هذه الرسالة|أنت حذفت هذه الرسالة|قمت بحذف هذه الرسالة|تم حذف الرسالة
تمّ حذف هذه الرسالة|لقد قمت بحذف هذه الرسالة
این پیام حذف شد|این پیام حذف شده است|شما این پیام را حذف کردید|پیام حذف شد|شما این پیام را حذف کرده‌اید
یہ پیغام حذف کیا گیا|یہ میسج حذف کر دیا گیا ہے|یہ پیغام حذف کر دیا گیا|یہ پیغام حذف کر دیا گیا ہے
آپ نے یہ پیغام حذف کر دیا
یہ میسج ڈیلیٹ کر دیا گیا|آپ نے یہ میسج ڈیلیٹ کر دیا
यह मैसेज डिलीट कर दिया गया है|यह मैसेज डिलीट किया गया|यह संदेश मिटाया गया|आपने यह मैसेज डिलीट किया
यह मैसेज हटा दिया गया|यह मैसेज डिलीट कर दिया गया|आपने यह मैसेज डिलीट कर दिया|आपने यह मैसेज डिलीट कर दिया है
यह संदेश हटा दिया गया है|यह संदेश हटा दिया गया|आपने यह संदेश मिटा दिया
हा मेसेज हटवण्यात आला|तुम्ही हा मेसेज हटवला|हा मेसेज हटवला गेला|हा संदेश हटवण्यात आला|हा संदेश हटवला
এই মেসেজটি বাদ দেওয়া হয়েছে|এই বার্তাটি মুছে ফেলা হয়েছে|এই মেসেজটি মুছে ফেলা হয়েছে|আপনি এই মেসেজটি মুছে ফেলেছেন
আপনি এই বার্তাটি মুছে ফেলেছেন
આ મેસેજ ડિલીટ કરવામાં આવ્યો|આ મેસેજ ડિલીટ કરવામાં આવ્યો હતો|તમે આ મેસેજ ડિલીટ કર્યો|આ સંદેશ કાઢી નાખ્યો
આ સંદેશો ડિલીટ કરવામાં આવ્યો
இந்த செய்தி நீக்கப்பட்டது|இந்தச் செய்தி நீக்கப்பட்டது|இந்த செய்தியை நீக்கிவிட்டீர்கள்
இந்தச் செய்தியை நீக்கிவிட்டீர்கள்
ఈ సందేశం తొలగించబడింది|మీరు ఈ సందేశాన్ని తొలగించారు|ఈ మెసేజ్ తొలగించబడింది
ಈ ಸಂದೇಶವನ್ನು ಅಳಿಸಲಾಗಿದೆ|ನೀವು ಈ ಸಂದೇಶವನ್ನು ಅಳಿಸಿದ್ದೀರಿ
ഈ സന്ദേശം ഇല്ലാതാക്കി|നിങ്ങൾ ഈ സന്ദേശം ഇല്ലാതാക്കി|ഈ സന്ദേശം മായ്ച്ചു
ਇਹ ਸੁਨੇਹਾ ਮਿਟਾਇਆ ਗਿਆ|ਇਹ ਸੁਨੇਹਾ ਮਿਟਾ ਦਿੱਤਾ ਗਿਆ|ਤੁਸੀਂ ਇਹ ਸੁਨੇਹਾ ਮਿਟਾ ਦਿੱਤਾ|ਇਹ ਮੈਸੇਜ ਡਿਲੀਟ ਕੀਤਾ ਗਿਆ
ข้อความนี้ถูกลบแล้ว|ข้อความนี้ถูกลบ|คุณได้ลบข้อความนี้|คุณลบข้อความนี้|ข้อความถูกลบแล้ว|คุณลบข้อความนี้แล้ว
คุณได้ลบข้อความนี้แล้ว
此消息已删除|这条消息已删除|这条消息已被删除|消息已删除|您已删除这条消息|你已删除此消息|您删除了这条消息
你删除了这条消息|该消息已删除
您已删除此消息|此条消息已删除|此消息已被删除|你删除了此消息|您删除了此消息
此訊息已刪除|您已刪除此訊息|你已刪除此訊息|這則訊息已刪除|此訊息已被刪除|您刪除了這則訊息|你刪除了此訊息
您刪除了此訊息|訊息已刪除
このメッセージは削除されました|このメッセージを削除しました|メッセージが削除されました
あなたはこのメッセージを削除しました
メッセージを削除しました
이 메시지는 삭제되었습니다|삭제된 메시지입니다|삭제한 메시지입니다|이 메시지를 삭제했습니다
이 메시지가 삭제되었습니다
메시지를 삭제했습니다|회원님이 이 메시지를 삭제했습니다|이 메시지를 삭제하셨습니다
bu ismarıc silindi|bu ismarıcı sildiniz|bu mesaj silinib|siz bu mesajı sildiniz
bu xabar o‘chirilgan|bu xabar o'chirilgan|bu xabar o‘chirildi|siz bu xabarni o‘chirdingiz
бұл хабар жойылды|бұл хабарлама жойылды|сіз бұл хабарды жойдыңыз|бұл хат жойылды
ky mesazh u fshi|ju e fshitë këtë mesazh|ky mesazh është fshirë
ujumbe huu umefutwa|ujumbe huu ulifutwa|umefuta ujumbe huu|ulifuta ujumbe huu
scriosadh an teachtaireacht seo|scrios tú an teachtaireacht seo
na-delete ang mensaheng ito|binura mo ang mensaheng ito|binura ang mensaheng ito|dinelete ang mensaheng ito
dinelete mo ang mensaheng ito
""")
)
EDITED_LINES = frozenset(
    listed("""
this message was edited|diese nachricht wurde bearbeitet|se editó este mensaje|se edito este mensaje|mensaje editado
este mensaje fue editado|ce message a été modifié|message modifié|questo messaggio è stato modificato
mensagem editada
messaggio modificato|esta mensagem foi editada|essa mensagem foi editada|dit bericht is bewerkt
dit bericht is gewijzigd
dit bericht werd bewerkt|bu mesaj düzenlendi|данное сообщение изменено|сообщение изменено|це повідомлення змінено
ta wiadomość została edytowana|wiadomość edytowana|wiadomość została edytowana|tato zpráva byla upravena
táto správa bola upravená|ezt az üzenetet szerkesztették|üzenet szerkesztve|acest mesaj a fost editat|mesaj editat
acest mesaj a fost modificat|ova je poruka uređena|ova poruka je uređena|poruka je uređena
to sporočilo je bilo urejeno
ova poruka je izmenjena|det här meddelandet redigerades|det här meddelandet har redigerats|meddelandet redigerades
denne meldingen ble redigert|meldingen ble redigert|denne besked blev redigeret|denne besked er blevet redigeret
beskeden blev redigeret|tätä viestiä muokattiin|viestiä muokattiin|tätä viestiä on muokattu|viestiä on muokattu
seda sõnumit muudeti|pesan ini diedit|pesan ini telah diedit|pesan diedit|mesej ini telah diedit|mesej ini diedit
mesej ini telah disunting|mesej ini disunting|aquest missatge s'ha editat|s'ha editat aquest missatge
missatge editat
hierdie boodskap is geredigeer|hierdie boodskap is gewysig|ky mesazh u redaktua|ujumbe huu umehaririwa
ujumbe huu ulihaririwa|na-edit ang mensaheng ito|in-edit ang mensaheng ito|bu xabar tahrirlandi
bu mesaj redaktə edilib
cuireadh an teachtaireacht seo in eagar
""")
)
VIEW_ONCE = re.compile(
    r"view once|einmal\S{0,6}(?: ansicht|ansicht| ansehen)|ver una (?:sola )?vez|una sola visualización"
    r"|visualización única|vue unique|à usage unique|affichage unique|visualizza(?:bile)? una (?:sola )?volta"
    r"|visualizzazione (?:singola|unica)|visualização únic[ao]|eenmalige|eenmaal|één keer"
    r"|tek seferlik|tek görüntülemelik|bir kez görü|однократн|одноразов|jednorazow|jednorázov|jedno zobrazen"
    r"|egyszer megtekint|egyszeri megtekint|vizualizare unică|o singură (?:dată|vizualizare)|visas en gång"
    r"|visa en gång|vis (?:én|en) gang|vises (?:én|en) gang|kerran katsottav|kertakatsel|μίας προβολής"
    r"|προβολή μίας φοράς|לצפייה חד|צפייה חד|חד[ -־]פעמי|لمرة واحدة|مرة واحدة|یک‌بار|یکبار|एक बार देख"
    r"|sekali lihat|lihat sekali|xem một lần|xem 1 lần|ดูครั้งเดียว|ดูได้ครั้งเดียว|一次性|阅后即焚|单次查看|僅限檢視一次"
    r"|單次檢視|1回限り|一度だけ|1回表示|한 번만|한 번 보기|일회성|visualització única|jednokratn|za enkraten ogled"
)
"""Words for what may be looked at only once."""
_PHONE = re.compile(
    r"phone|whatsapp|telefon|teléfon|téléphone|celular|telemóvel|telef|τηλέφωνο|телефон|puhelim|טלפון|הטלפון|هاتف"
    r"|تلفن|گوشی|فون|फ़ोन|फोन|ফোন|ponsel|điện thoại|โทรศัพท์|手机|手機|電話|スマート|휴대|폰|mobil"
)
_VIEW_ONCE_ENGLISH = re.compile(
    r"you (?:received|sent) a view once (?:photo|video|message|voice message|media|audio)"
    r"(?:\. for added privacy, you can only open it on (?:your phone|the whatsapp app|whatsapp))?"
    r"|view once (?:photo|video|voice message|message)"
)
_VIEW_ONCE_STARTS = listed("""
you received a view|you sent a view|view once|du hast ein|has recibido|recibiste|vous avez reçu|tu as reçu
hai ricevuto
você recebeu|recebeu uma|recebeste|je hebt een|u hebt een|u heeft een|вы получили|ви отримали|otrzymano|otrzymałeś
obdrželi jste|dostali ste|ön kapott|kaptál|ați primit|ai primit|du har fått|du fick|du modtog|sait kerran
olet saanut
λάβατε|קיבלת|لقد استلمت|لقد تلقيت|تلقيت|استلمت|شما یک|आपको एक|anda menerima|anda telah menerima|bạn đã nhận
คุณได้รับ
您收到|你收到|您已收到|1回限り|한 번|tek seferlik|bir kez
""")
_WAITING = listed("""
waiting for this message|warten auf diese nachricht|warte auf diese nachricht|auf diese nachricht wird gewartet
esperando el mensaje|esperando este mensaje|en attente de ce message|en attente du message|in attesa del messaggio
in attesa di questo messaggio|aguardando mensagem|aguardando esta mensagem|aguardando essa mensagem
a aguardar mensagem
a aguardar esta mensagem|wachten op dit bericht|wachten op bericht|bu mesaj bekleniyor|mesaj bekleniyor
ожидание сообщения|ожидание данного сообщения|ожидание этого сообщения|очікування повідомлення
очікування на це повідомлення|oczekiwanie na wiadomość|oczekiwanie na tę wiadomość|čekání na zprávu
čekání na tuto zprávu|čaká sa na túto správu|čakanie na túto správu|várakozás az üzenetre|várakozás erre az üzenetre
se așteaptă mesajul|se așteaptă acest mesaj|čekanje na ovu poruku|čekanje poruke|čakanje na to sporočilo
чекање на ову поруку|изчакване на съобщението|изчаква се това съобщение|väntar på det här meddelandet
väntar på meddelandet|venter på denne meldingen|venter på meldingen|venter på denne besked|odotetaan tätä viestiä
odotetaan viestiä|tämän viestin odottaminen|menunggu pesan ini|menunggu mesej ini|đang chờ tin nhắn này
đang đợi tin nhắn này|αναμονή για αυτό το μήνυμα|αναμονή για το μήνυμα|s'està esperant aquest missatge
ממתין להודעה זו|ממתין להודעה|בהמתנה להודעה זו|בהמתנה להודעה|في انتظار هذه الرسالة|بانتظار هذه الرسالة
در انتظار این پیام|در انتظار پیام|इस मैसेज का इंतज़ार है|इस मैसेज का इंतज़ार किया जा रहा है|กำลังรอข้อความนี้
กำลังรอข้อความ
正在等待此消息|正在等待这条消息|正在等待此訊息|等待此訊息|正在等候此訊息|このメッセージを待っています
メッセージを待っています
메시지를 기다리는 중|이 메시지를 기다리는 중입니다|메시지를 기다리는 중입니다
""")
_WAITING_START = re.compile(rf"(?:{'|'.join(map(re.escape, _WAITING))})(?:[.。．।…]+\s*(?P<more>[^?？؟]{{0,120}}))?")
_ENGLISH_MORE = re.compile(r"|this may take a while(?:\. learn more)?|check your phone|learn more")
_UNSHOWN = frozenset(
    listed("""
this message can't be displayed here|this message can’t be displayed here
this message can't be displayed here. please open whatsapp on your phone to view the message
this message couldn't load|this message couldn’t load|message unavailable|unsupported message
your version of whatsapp doesn't support this message|your version of whatsapp doesn’t support this message type
""")
)
_ENGLISH_ADMIN = re.compile(
    r"(?:this message was|you) deleted(?: this message)? (?:by|as) (?:an? |the )?admin(?P<who>[^?!,;:]*)"
)
_STARTS = frozenset(tuple(line.split()[:2]) for line in DELETED_LINES if " " in line)


def is_deleted(text: str, *, marked: bool) -> bool:
    """Whether ``text`` stands for a deleted message; ``marked`` if it begins with the app's mark."""
    if len(text) > 160:
        return False
    line = folded(text)
    if line in DELETED_LINES:
        return True
    if (english := _ENGLISH_ADMIN.fullmatch(line)) is not None:
        return marked or _is_name(text.strip(" .\u200e\u200f\n"), len(english["who"]))
    if "?" in line or not (DELETED.search(line) and MESSAGE.search(line)) or len(parts := line.split()) > 12:
        return False
    if marked:
        return not words.is_system_phrase(line)
    started = tuple(parts[:2]) in _STARTS and parts[0] not in ("this", "you")
    return started and ADMIN.search(line) is not None and "," not in line and "!" not in line


def _is_name(text: str, length: int) -> bool:
    """Whether the last ``length`` characters may be a name, not the rest of a sentence."""
    tail = text[len(text) - length :].split() if length else []
    return len(tail) <= 5 and not any(word[0].islower() and len(word) > 3 for word in tail)


def is_edited(text: str) -> bool:
    """Whether ``text``, which stands in angle brackets behind a message, says that it was edited."""
    return folded(text) in EDITED_LINES


def is_unavailable(text: str, *, marked: bool) -> bool:
    """Whether ``text`` stands for a message that this phone could not show, or may show only once."""
    if len(text) > 240:
        return False
    line = folded(text)
    if line in _UNSHOWN or _VIEW_ONCE_ENGLISH.fullmatch(line) is not None:
        return True
    waiting = _WAITING_START.fullmatch(line)
    if waiting is not None:
        english = line.startswith("waiting")
        return marked or not english or _ENGLISH_MORE.fullmatch((waiting["more"] or "").strip()) is not None
    begun = marked or line.startswith(_VIEW_ONCE_STARTS)
    if not begun or VIEW_ONCE.search(line) is None or "?" in line or line.startswith("you "):
        return False
    return marked or (_PHONE.search(line) is not None and words.names_a_medium(line))


def beginnings() -> tuple[str, ...]:
    """How these lines begin, folded."""
    return (*DELETED_LINES, *_WAITING, *_UNSHOWN, *_VIEW_ONCE_STARTS)
