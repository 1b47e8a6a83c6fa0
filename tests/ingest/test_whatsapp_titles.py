"""The chat's name from the names that the app gives its files, and what a person would call an attachment."""

# Words of many languages, look-alikes included.
# ruff: noqa: RUF001
import pytest

from ingest.readers.whatsapp.titles import attachment_title, chat_name, chat_title, is_named_chat, mentions_app
from ingest.types import Message


@pytest.mark.parametrize(
    "name",
    [
        "WhatsApp Chat with Nora.txt",
        "WhatsApp Chat with Nora.zip",
        "WhatsApp Chat with Nora.txt.zip",
        "WhatsApp Chat with Nora (1).txt",
        "WhatsApp Chat with Nora (12).zip",
        "WhatsApp Chat with Nora copy.txt",
        "WhatsApp Chat with Nora - Copy.txt",
        "WhatsApp Chat with Nora - Kopie.txt",
        "Copy of WhatsApp Chat with Nora.txt",
        "WhatsApp_Chat_with_Nora.txt",
        "whatsapp chat with Nora.TXT",
        "WhatsApp Chat - Nora.zip",
        "WhatsApp Chat \u2013 Nora.zip",
        "WhatsApp - Nora.zip",
        "\u200eWhatsApp Chat - \u2068Nora\u2069.zip",
        "WhatsApp Chat - Nora/_chat.txt",
        "exports/WhatsApp Chat - Nora/_chat.txt",
        "WhatsApp Chat - Nora\\_chat (1).txt",
        "WhatsApp-Chat mit Nora.txt",
        "WhatsApp Chat mit Nora.txt",
        "WhatsApp-Chat - Nora.zip",
        "Chat de WhatsApp con Nora.txt",
        "Chat WhatsApp con Nora.txt",
        "Chat WhatsApp - Nora.zip",
        "Discussion WhatsApp avec Nora.txt",
        "Conversa do WhatsApp com Nora.txt",
        "Conversa do WhatsApp - Nora.zip",
        "WhatsApp-chat met Nora.txt",
        "WhatsApp-gesprek met Nora.txt",
        "Nora ile WhatsApp Sohbeti.txt",
        "Nora ile WhatsApp'taki sohbet.txt",
        "Чат WhatsApp с контактом Nora.txt",
        "Чат WhatsApp с Nora.txt",
        "Чат WhatsApp із Nora.txt",
        "Чат в WhatsApp з Nora.txt",
        "Czat WhatsApp z użytkownikiem Nora.txt",
        "Czat WhatsApp z Nora.txt",
        "Konverzace WhatsApp s uživatelem Nora.txt",
        "WhatsApp konverzácia s Nora.txt",
        "WhatsApp-beszélgetés - Nora.txt",
        "Conversație WhatsApp cu Nora.txt",
        "WhatsApp razgovor s Nora.txt",
        "WhatsApp-chatt med Nora.txt",
        "WhatsApp-chat med Nora.txt",
        "WhatsApp-keskustelu käyttäjän Nora kanssa.txt",
        "WhatsApp-keskustelu - Nora.txt",
        "Συνομιλία WhatsApp με Nora.txt",
        "צ'אט WhatsApp עם Nora.txt",
        "محادثة واتساب مع Nora.txt",
        "دردشة WhatsApp مع Nora.txt",
        "گفتگوی واتساپ با Nora.txt",
        "Nora के साथ WhatsApp चैट.txt",
        "Nora کے ساتھ WhatsApp چیٹ.txt",
        "Chat WhatsApp dengan Nora.txt",
        "Sembang WhatsApp dengan Nora.txt",
        "Trò chuyện WhatsApp với Nora.txt",
        "Cuộc trò chuyện trên WhatsApp với Nora.txt",
        "แชท WhatsApp กับ Nora.txt",
        "WhatsApp 与 Nora 的对话.txt",
        "与Nora的WhatsApp聊天.txt",
        "與 Nora 的 WhatsApp 對話.txt",
        "WhatsAppのトーク履歴_Nora.txt",
        "WhatsApp - Noraとのチャット.txt",
        "NoraとのWhatsAppチャット.txt",
        "Nora님과의 WhatsApp 대화.txt",
        "WhatsApp 대화 - Nora.txt",
        "Xat de WhatsApp amb Nora.txt",
        "Nora bilan WhatsApp suhbati.txt",
    ],
)
def test_the_name_of_a_chat(name):
    assert chat_name(name) == "Nora"
    assert chat_title([name], ["Tom"]) == "WhatsApp chat with Nora"
    assert mentions_app(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("WhatsApp Chat with Trip - Bari (2024).txt", "Trip - Bari (2024)"),
        ("WhatsApp Chat with The Wilsons & co.txt", "The Wilsons & co"),
        ("WhatsApp Chat with +44 7700 900123.txt", "+44 7700 900123"),
        ("WhatsApp Chat with Mr. Pemberton.txt", "Mr. Pemberton"),
        ("WhatsApp Chat - Mit Oma.zip", "Mit Oma"),
        ("WhatsApp Chat with 🏠 Elm Road.txt", "🏠 Elm Road"),
        ("WhatsApp Chat with .txt", None),
        ("_chat.txt", None),
        ("chats/_chat.txt", None),
        ("family.txt", None),
        ("notes/WhatsApp Chat with Nora/plan.txt", None),
    ],
)
def test_odd_names(name, expected):
    assert chat_name(name) == expected


def test_a_title_without_a_telling_name():
    assert chat_title(["_chat.txt", "trip (1).zip"], ["Tom"]) == "trip"
    assert chat_title(["_chat.txt"], []) == "WhatsApp chat"
    assert chat_title(["_chat.txt"], ["Tom"]) == "WhatsApp chat of Tom"
    assert chat_title(["_chat.txt"], ["Tom", "Nora"]) == "WhatsApp chat of Tom and Nora"
    assert chat_title(["_chat.txt"], ["Tom", "Nora", "Sam", "Maria"]) == "WhatsApp chat of Tom, Nora, Sam and others"


def test_names_that_say_nothing_of_the_app():
    assert not mentions_app("chat.txt")
    assert mentions_app("_CHAT.txt")


@pytest.mark.parametrize(
    ("kind", "file", "title"),
    [
        ("voice", "PTT-20250512-WA0001.opus", "voice note"),
        ("voice", "00000012-AUDIO-2025-05-12-09-40-00.opus", "voice note"),
        ("voice", "VID-20250512-WA0001.mp4", "video"),
        ("image", "IMG-20250512-WA0001.jpg", "photo"),
        ("pdf", "Lease.pdf", "Lease.pdf"),
        ("pdf", "00000012-Lease.pdf", "Lease.pdf"),
        ("pdf", "20250512.pdf", "20250512.pdf"),
        ("text", "notes.txt", "notes.txt"),
    ],
)
def test_the_title_of_an_attachment(kind, file, title):
    sent = Message("2025-05-12T09:40:00", "Maria")
    assert attachment_title(kind, file, sent) == f"{title} sent by Maria on 2025-05-12"


def test_the_title_says_only_what_is_known():
    assert attachment_title("text", "Maria.vcf", Message(None, "Tom", "contact")) == "contact card sent by Tom"
    uncertain = Message("2025-05-12T09:40:00", None, time_alternative="2025-12-05T09:40:00")
    assert attachment_title("image", "a.jpg", uncertain) == "photo"


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("WhatsApp Chat with Maria.txt", True),
        ("_chat.txt", True),
        ("_chat (2).txt", True),
        ("Chat de WhatsApp con Nora.txt", True),
        ("WhatsApp Chat with Maria.zip", False),
        ("WhatsApp prices.txt", False),
        ("chat.txt", False),
    ],
)
def test_names_that_the_app_gives_to_the_text_of_a_chat(name, named):
    assert is_named_chat(name) == named
