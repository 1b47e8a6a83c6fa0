"""What the app writes in place of a message is told from what people write, in the languages it ships."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.readers.whatsapp import calls, phrases, words
from ingest.readers.whatsapp.markers import Marked, Markers, file_key, is_plain

ANDROID = Markers([], plain_nulls=True)
IOS = Markers([])
LRM = "\u200e"


def told(name: str) -> list[str]:
    """What the app writes in many languages, each on a line of ``tests/data/whatsapp-words``."""
    path = Path(__file__).parents[1] / "data" / "whatsapp-words" / f"{name}.txt"
    return path.read_text(encoding="utf-8").splitlines()


def both(text: str) -> Marked:
    """What is read of ``text``, which is the same in an export from either system."""
    found = IOS.read(text)
    assert ANDROID.read(text) == found
    return found


@pytest.mark.parametrize("words", told("omitted-in-brackets"))
def test_a_medium_left_out_is_no_content(words):
    assert both(f"<{words}>") == Marked("", "omitted")
    assert both(f"{LRM}<{LRM}{words}>") == Marked("", "omitted")
    assert both(f"<{words}>\nthe new shed\nand its key") == Marked("the new shed\nand its key", "omitted")
    assert both(f"they sent <{words}> and left") == Marked(f"they sent <{words}> and left")


@pytest.mark.parametrize("line", told("omitted-behind-the-mark"))
def test_a_medium_left_out_behind_the_apps_mark(line):
    assert both(LRM + line) == Marked("", "omitted")
    assert both(f"at the lake {LRM}{line}") == Marked("at the lake", "omitted")
    assert both(f"at the lake\nwith Nora {LRM}{line}") == Marked("at the lake\nwith Nora", "omitted")
    assert both(f"{LRM}{line}\nat the lake") == Marked("at the lake", "omitted")


@pytest.mark.parametrize(
    "line", ["image omitted", "Image omitted.", "Bild weggelassen", "imagen omitida", "GIF omitted"]
)
def test_a_tool_may_have_taken_the_mark_away(line):
    assert both(line) == Marked("", "omitted")


@pytest.mark.parametrize("text", told("not-omitted"))
def test_people_write_about_what_is_left_out(text):
    assert both(text) == Marked(text)


def test_null_is_the_apps_on_android_only():
    assert ANDROID.read("null") == Marked("", "omitted")
    assert IOS.read("null") == Marked("null")
    for text in ("Null", "null and void", "nullify", "null\nx"):
        assert both(text) == Marked(text)


@pytest.mark.parametrize("prefix", ["", LRM])
def test_a_link_behind_the_mark_is_no_medium(prefix):
    for text in ("https://example.org/omitted", "https://example.org/image omitted"):
        assert both(prefix + text) == Marked(text)


@pytest.mark.parametrize(
    "text",
    [
        "You received a view once photo. For added privacy, you can only open it on your phone.",
        "You received a view once message. For added privacy, you can only open it on your phone.",
        "You sent a view once voice message.",
        "View once video",
        "Waiting for this message. This may take a while.",
        "Waiting for this message",
        "Warten auf diese Nachricht. Dies kann eine Weile dauern.",
        "Auf diese Nachricht wird gewartet. Dieser Vorgang kann etwas dauern.",
        "Esperando el mensaje. Esto puede tomar tiempo.",
        "En attente de ce message. Cela peut prendre un moment.",
        "In attesa del messaggio. Potrebbe volerci del tempo.",
        "Aguardando mensagem. Essa ação pode levar alguns instantes.",
        "Wachten op dit bericht. Dit kan even duren.",
        "Bu mesaj bekleniyor. Bu biraz zaman alabilir.",
        "Ожидание сообщения. Это может занять некоторое время.",
        "Oczekiwanie na wiadomość. Może to chwilę potrwać.",
        "正在等待此消息。这可能需要一段时间。",
        "このメッセージを待っています。しばらくお待ちください。",
        "This message can't be displayed here. Please open WhatsApp on your phone to view the message.",
        "Du hast ein Foto zur Einmalansicht erhalten. Du kannst es nur auf deinem Telefon öffnen.",
        "Recibiste una foto para ver una sola vez. Para mayor privacidad, solo puedes abrirla en tu teléfono.",
        "Vous avez reçu une photo à usage unique. Vous ne pouvez l'ouvrir que sur votre téléphone.",
        "Você recebeu uma foto de visualização única. Para sua privacidade, abra-a somente no seu celular.",
    ],
)
def test_what_this_phone_could_not_show(text):
    assert both(text) == Marked("", "omitted")
    assert both(LRM + text) == Marked("", "omitted")


@pytest.mark.parametrize(
    "text",
    [
        "You received a view once photo from me yesterday, remember?",
        "You received a view once, right?",
        "Waiting for this message from the bank",
        "waiting for this message. did you send it?",
        "view once photos are a nuisance",
        "Du hast eine Einmalansicht im Museum verpasst",
        "Recibiste una sola vez",
        "You received a view of the lake " * 10,
    ],
)
def test_people_write_about_waiting(text):
    assert both(text) == Marked(text)


def test_a_view_once_message_in_other_words_behind_the_mark():
    assert both(f"{LRM}Zdjęcie jednorazowe") == Marked("", "omitted")
    assert both("Zdjęcie jednorazowe").kind == "message"


@pytest.mark.parametrize("line", told("deleted"))
def test_a_deleted_message_is_no_content(line):
    for text in (line, f"{line}.", f"{LRM}{line}.", line + "\n"):
        assert ANDROID.read(text) == IOS.read(text) == Marked("", "deleted")
    for text in (f"{line}? why", f"and then: {line}", f"{line}\nand more"):
        assert both(text) == Marked(text)


def test_an_unknown_line_for_a_deleted_message_needs_the_mark():
    line = "O administrador Tom eliminou a mensagem"
    assert both(LRM + line) == Marked("", "deleted")
    assert both(line) == Marked(line)


@pytest.mark.parametrize(
    "text",
    [
        "This message was deleted by mistake, sorry",
        "This message was deleted by admin because it was rude",
        "This message was deleted by the admin, what did it say?",
        "You deleted this message, didn't you",
        "Diese Nachricht wurde vom Admin gelöscht, warum",
        "Este mensaje fue eliminado por Nora",
        "Did you say this message was deleted",
        "This message was deleted " * 10,
    ],
)
def test_people_write_about_deleted_messages(text):
    assert both(text.strip()) == Marked(text.strip())


@pytest.mark.parametrize("mark", told("edited"))
def test_the_edited_mark_goes_and_the_text_stays(mark):
    for text in (
        f"meet at 6 <{mark}>",
        f"meet at 6 {LRM}<{mark}>",
        f"meet at 6{LRM}<{LRM}{mark}>{LRM}",
        f"meet at 6\n<{mark}>\n",
    ):
        assert both(text) == Marked("meet at 6", edited=True)
    assert both(f"IMG-20240525-WA0001.jpg (file attached)\nshed <{mark}>") == Marked(
        "shed", attachment="IMG-20240525-WA0001.jpg", edited=True
    )
    assert both(f"<{mark}>, it says") == Marked(f"<{mark}>, it says")


def test_the_edited_mark_in_unknown_words_needs_the_apps_mark():
    assert both(f"at 6 {LRM}<bibi nolo>") == Marked("at 6", edited=True)
    assert both("at 6 <bibi nolo>") == Marked("at 6 <bibi nolo>")


def test_an_edited_mark_alone_leaves_nothing():
    assert both(f"{LRM}<This message was edited>") == Marked("", edited=True)


@pytest.mark.parametrize(
    "text",
    [
        "I edited it <see below>",
        "this message was edited",
        "read <this edited version>",
        "<this message was edited> is what it says",
        "use <b>bold</b>",
        "vector<int>",
        "template <typename T>",
        "x <editó: café>",
        "it was <edited>",
        "ver <editó el café con Nora>",
    ],
)
def test_people_write_about_editing(text):
    assert both(text) == Marked(text)


@pytest.mark.parametrize("code", ["Map<K, V2>", "#include <stdio.h>", "a <b_c>"])
def test_code_behind_the_mark_is_no_edited_mark(code):
    assert both(LRM + code).text == code


def test_words_that_repeat_in_angle_brackets_are_the_apps():
    reader = Markers(["<bibi nolo>", f"{LRM}<bibi nolo>", "<bibi nolo>", "<hum>", "<hum>", "<hum>", "<bibi nola>"])
    assert reader.read("<bibi nolo>") == Marked("", "omitted")
    assert reader.read("<hum>") == Marked("<hum>")
    assert reader.read("<bibi nola>") == Marked("<bibi nola>")


def test_where_the_apps_words_are_known_what_repeats_is_a_habit():
    reader = Markers(iter(["<deep sigh>", "<Media omitted>", "<deep sigh>", "<deep sigh>"]))
    assert reader.read("<deep sigh>") == Marked("<deep sigh>")
    assert reader.read("<Media omitted>") == Marked("", "omitted")


def test_what_repeats_seldom_is_a_habit():
    reader = Markers(["<deep sigh>"] * 3 + ["hello"] * 1000)
    assert reader.read("<deep sigh>") == Marked("<deep sigh>")


def test_what_repeats_is_counted_in_bounded_memory():
    many = [f"<odd words {n}>" for n in range(2000)] + ["<odd words 1>", "<odd words 1999>"] * 20
    reader = Markers(many)
    assert reader.read("<odd words 1>").kind == "omitted"
    assert reader.read("<odd words 1999>").kind == "message"


@pytest.mark.parametrize("word", told("attached-in-brackets"))
@pytest.mark.parametrize("colon", [": ", ":", "\uff1a", "\u00a0: "])
def test_a_file_in_angle_brackets(word, colon):
    file = "00000012-AUDIO-2024-07-26-19-06-00.opus"
    assert both(f"{LRM}<{word}{colon}{file}>") == Marked("", attachment=file)
    assert both(f"look\nhere {LRM}<{word}{colon}{file}>") == Marked("look\nhere", attachment=file)
    assert both(f"{LRM}<{word}{colon}{file}>\nlook\nhere") == Marked("look\nhere", attachment=file)
    assert both(f"{LRM}<{word}{colon}My plan (2).pdf>") == Marked("", attachment="My plan (2).pdf")


@pytest.mark.parametrize("note", told("attached-behind-a-name"))
def test_a_file_before_a_note_in_brackets(note):
    for file in ("PTT-20240525-WA0002.opus", "Miete Mai 2024.pdf", "c3a9e07bd4.jpg", "notes.txt", "a.b (1).zip"):
        assert both(f"{file} ({note})") == Marked("", attachment=file)
        assert both(f"{LRM}{file} \uff08{note}\uff09") == Marked("", attachment=file)
        assert both(f"{file} ({note})\nAt the lake\nwith Nora") == Marked("At the lake\nwith Nora", attachment=file)
        assert both(f"I sent {file}, is the ({note}) there?").attachment is None


@pytest.mark.parametrize(
    "text",
    [
        "see plan.pdf (page 3)",
        "main.py (twice)",
        "song.mp3 (joint effort)",
        "plan.pdf (see attached file)",
        "plan.pdf (attached)",
        "<größe: 3.5>",
        "<note: plan.pdf>",
        "<note: café.pdf> is what I meant",
        "plan.pdf <attached>",
        "the <attached: plan> is missing",
        "f(x) (file attached)",
        "(file attached)",
        "a/b.txt (file attached)",
        "note.txt(file attached)",
        "x.pdf ()",
    ],
)
def test_people_write_about_files(text):
    assert both(text) == Marked(text)


def test_a_member_of_the_zip_with_that_name_decides():
    reader = Markers([], frozenset({file_key("Café.PDF"), file_key("a:b"), "odd.name.here"}))
    assert reader.read("Cafe\u0301.pdf (bibi)") == Marked("", attachment="Cafe\u0301.pdf")
    assert reader.read("<bibi: odd.name.here>") == Marked("", attachment="odd.name.here")
    assert reader.read("see <bibi: a:b>\nthere") == Marked("see\nthere", attachment="a:b")
    assert reader.read("other.pdf (bibi)") == Marked("other.pdf (bibi)")


def test_names_that_only_the_app_gives():
    assert both("IMG-20240525-WA0004.jpg (bibi nolo)").attachment == "IMG-20240525-WA0004.jpg"
    assert both("<bibi: 00000012-PHOTO-2024-07-26-19-05-11.jpg>").attachment == "00000012-PHOTO-2024-07-26-19-05-11.jpg"
    assert both("PHOTO-2018-07-26-19-05-11.jpg <attached>").attachment == "PHOTO-2018-07-26-19-05-11.jpg"
    assert both(f"{LRM}00000012-VIDEO-2018-07-26-19-05-11.mp4 {LRM}<{LRM}angehängt>").attachment is not None
    assert both("PHOTO-2018-07-26-19-05-11.jpg <bibi>").attachment is None
    assert both(f"{LRM}plan b.docx (bibi nolo)").attachment == "plan b.docx"
    assert both(f"{LRM}<attached: 00000014-README>").attachment == "00000014-README"
    assert both("photo.jpg (फलाना)").attachment == "photo.jpg"


def test_a_contact_card_is_a_contact():
    assert both("Maria Diaz.vcf (file attached)") == Marked("", "contact", "Maria Diaz.vcf")
    assert both(f"{LRM}<attached: 00000012-Maria.vcf>") == Marked("", "contact", "00000012-Maria.vcf")
    assert both(f"{LRM}<attached: 00000012-Maria.VCF>\nthe plumber") == Marked(
        "the plumber", "contact", "00000012-Maria.VCF"
    )
    assert both(f"Maria.vcf {LRM}<attached: 00000012-Maria.vcf>") == Marked("", "contact", "00000012-Maria.vcf")
    assert both(f"Tom.vcf {LRM}<attached: 00000012-Maria.vcf>").text == "Tom.vcf"
    assert both("Maria.vcf is her card") == Marked("Maria.vcf is her card")


@pytest.mark.parametrize("pages", ["3 pages", f"{LRM}1 page", "3 Seiten", "3 páginas", "3 页", "٣ صفحات", "صفحة واحدة"])
def test_a_document_with_its_pages(pages):
    assert both(f"Lease.pdf • {pages} {LRM}document omitted") == Marked("", "omitted", "Lease.pdf")
    assert both(f"{LRM}Lease.pdf • {pages} {LRM}<attached: 00000003-Lease.pdf>") == Marked(
        "", attachment="00000003-Lease.pdf"
    )
    assert both(f"please sign\n{LRM}Lease.pdf • {pages} {LRM}document omitted") == Marked(
        "please sign", "omitted", "Lease.pdf"
    )
    assert both(f"Lease.pdf • {pages}").text.startswith("Lease.pdf •")


def test_events_and_invitations_stay_as_they_are():
    event = "EVENT:\nDinner\nDESCRIPTION: at the lake\nTIME: Friday, 7 PM\nLOCATION: 12 Elm Road"
    assert both(LRM + event) == Marked(event)
    assert both(event) == Marked(event)
    invite = "Group invite: https://chat.whatsapp.com/AbCdEf"
    assert both(LRM + invite) == Marked(invite)


def test_blank_and_odd_texts():
    for text in ("", LRM, " ", "<", "<>", "(", ")", "()", "a\n", "<>\n<>"):
        assert both(text).kind == "message"
    assert both("two\nlines\n\n") == Marked("two\nlines")
    assert both("\u200f\u05e9\u05dc\u05d5\u05dd\u200f") == Marked("\u05e9\u05dc\u05d5\u05dd")


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("<>():\uff08\uff09\u200e\u200f\n .ab0•—omited\u041c\u56fe")))
def test_any_text_is_read_and_loses_no_letters_unless_it_is_a_marker(text):
    found = both(text)
    if found.kind == "message" and found.attachment is None and not found.edited:
        assert found.text == text.replace("\u200e", "").replace("\u200f", "").rstrip("\n")


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_accents_and_apostrophes_may_be_spelt_otherwise(form):
    for line in (
        "Se eliminó este mensaje",
        "S’ha suprimit aquest missatge",
        "Bu xabar o\u02bbchirilgan",
        "এই বার্তাটি মুছে ফেলা হয়েছে",
    ):
        assert both(unicodedata.normalize(form, line)) == Marked("", "deleted")
    assert both(unicodedata.normalize(form, "<Média vynechána>")) == Marked("", "omitted")
    assert both(unicodedata.normalize(form, "pièce jointe")).kind == "message"


def test_exports_from_right_to_left_may_bear_the_other_mark():
    assert both("\u200f<\u200eمرفق: 00000012-PHOTO-2024-07-26-19-05-11.jpg>").attachment is not None
    assert both("\u200fتم استبعاد الصورة") == Marked("", "omitted")


@pytest.mark.parametrize(
    "part", ["<", "(", ">", "<a b>", "<a: b>", "a.b (", ":\n", "<a\n", "(a)", "1,", "\uff08", "\u2022 ", " "]
)
@pytest.mark.parametrize("begin", ["", "POLL:\nq\n", "location: ", "voice call, ", "this message was deleted "])
def test_hostile_texts_are_read_as_they_are(begin, part):
    # Work that grew with the square of the length would not end: the lengths that patterns see are bounded.
    text = begin + part * (200_000 // len(part)) + "x"
    assert both(text) == Marked(text)


def test_what_is_remembered_is_bounded():
    reader = Markers([])
    lines = ("Waiting for this message", "This message was deleted", "<Media omitted>", "View once photo")
    for number in range(400):
        assert reader.read(lines[number % 4] + " " * (number // 4)).text == ""
    assert reader.read("Waiting for this message") == reader.read("Waiting for this message") == Marked("", "omitted")


@pytest.mark.parametrize("spelt", [str, str.upper, str.title, str.swapcase])
def test_no_line_of_the_app_is_taken_for_plain(spelt):
    lines = (*calls.beginnings(), *phrases.beginnings(), *words.beginnings(), "null")
    taken = [line for line in lines if line.isascii() and is_plain(spelt(line))]
    assert taken == []


@pytest.mark.parametrize("sign", ["<", "(", "\uff08", "\u200e", "\u2068", "\ufeff"])
@pytest.mark.parametrize("text", ["lunch at noon", "déjeuner à midi", "déjeuner 👨\u200d👩\u200d👧"])
def test_what_has_a_sign_is_not_plain(text, sign):
    assert is_plain(text)
    assert not is_plain(f"{text} {sign}")


@given(st.text(max_size=40))
def test_plain_is_what_stays_as_it_stands(text):
    text = text.rstrip("\n")
    if is_plain(text):
        assert Markers((), plain_nulls=True)._read(text) == Marked(text)
