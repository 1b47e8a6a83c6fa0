"""What people said: chats as an app exports them, and voice notes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from .parts import Ask, Doc, Home, asks, document, no, phone


def family_chat(rng: Random, home: Home) -> Sequence[Doc]:
    """Exports of two chats: someone is recommended, prices are named, plans change."""
    docs = []
    for friend, trade, worker in (("Jorunn", "tiler", "Magnus Ferrow"), ("Cosima", "piano tuner", "Odile Harkaway")):
        me, other = home.people[0], home.people[1]
        quote, paid, number = rng.randint(60, 240), rng.randint(250, 480), phone(rng)
        first, second = rng.sample(["Tuesday", "Wednesday", "Friday", "Monday"], 2)
        egg, hour = rng.randint(3, 9), rng.choice(["half past eight", "quarter to nine", "ten past seven"])
        said = [
            (friend, f"Hello {me}, did you find a {trade} in the end?"),
            (me, "No, everybody is booked until autumn"),
            (friend, f"Take {worker}, very tidy. {number}"),
            (me, f"You are an angel. Also {other} says thanks"),
            (me, f"{worker.split()[0]} was here to look. {quote} with everything, sounds fair?"),
            (friend, f"Very. Mine was {paid} but that was two rooms"),
            (me, f"Comes {first}, at {hour}"),
            (friend, f"By the way I have {egg} jars of honey for you"),
            (me, f"Moved to {second}, same time, the van broke down"),
            (friend, "They all say that 😄"),
            (me, "Honey is nearly gone already, it is too good"),
        ]
        when = datetime(2024, rng.randint(1, 9), rng.randint(13, 20), 9, 5)
        lines = [
            f"{when:%d/%m/%Y, %H:%M} - Messages and calls are end-to-end encrypted. Only people in this chat can read, "
            "listen to, or share them. Learn more."
        ]
        for sender, text in said:
            when += timedelta(hours=rng.randint(1, 30), minutes=rng.randint(1, 50))
            lines.append(f"{when:%d/%m/%Y, %H:%M} - {sender}: {text}")
        found = f"What is the {trade} going to charge {me}?"
        docs.append(
            document(
                f"WhatsApp Chat with {friend}",
                "chat",
                "txt",
                lines,
                [
                    asks(found, str(quote), line=lines[5], category="chat"),
                    asks(f"Which {trade} did {friend} recommend?", worker, line=lines[3], category="chat"),
                    asks(f"What is the number of the {trade}?", number, line=lines[3], category="chat"),
                    asks(
                        f"How much did {friend} pay for hers?"
                        if trade == "tiler"
                        else f"What did {friend}'s two rooms cost?",
                        str(paid),
                        line=lines[6],
                        category="chat",
                    ),
                    asks(
                        f"On which weekday does {worker.split()[0]} really come?",
                        second,
                        line=lines[9],
                        category="changed",
                    ),
                    asks(f"How many jars of honey has {friend} for us?", str(egg), line=lines[8], category="chat"),
                    Ask(
                        f"How many messages did {friend} send?",
                        (str(sum(s == friend for s, _ in said)),),
                        lines[1],
                        "sum",
                    ),
                    no(
                        f"What did {friend} say about the chimney sweep?"
                        if trade == "tiler"
                        else f"What is {friend}'s address?",
                        "not said",
                    ),
                    no(f"Which {'electrician' if trade == 'tiler' else 'organist'} did {friend} recommend?"),
                    no(f"When is {friend}'s birthday?", "not said"),
                ],
            )
        )
    return docs


def voice_note(rng: Random, home: Home) -> Sequence[Doc]:
    """Short notes that somebody speaks; without ``flite`` they are the text of it."""
    first, second = home.people[0], home.people[1]
    jobs = [
        (
            "garage",
            "the garage door",
            ["The spring of the garage door is broken.", "The man wants {n} pounds for a new one."],
            "What does the new spring for the garage door cost?",
            (90, 210),
            "What does a new garage door cost?",
        ),
        (
            "vet",
            "the rabbit",
            ["I was at the vet with the rabbit.", "The rabbit weighs {n} grams and is quite well."],
            "How many grams does the rabbit weigh?",
            (120, 190),
            "How many grams does the hamster weigh?",
        ),
        (
            "parcel",
            "the parcel",
            ["A parcel came for the people upstairs.", "I paid {n} pounds of duty for it."],
            "How much duty was paid for the parcel upstairs?",
            (12, 60),
            "What was in the parcel upstairs?",
        ),
        (
            "concert",
            "the concert",
            ["I have the tickets for the concert in the abbey.", "We sit in row {n}, near the aisle."],
            "In which row do we sit in the abbey?",
            (4, 19),
            "What did the tickets for the abbey cost?",
        ),
    ]
    docs = []
    for slug, _, sentences, question, (low, high), tempting in jobs:
        value = rng.randint(low, high)
        who = rng.choice([first, second])
        lines = [f"Hello, this is {who}.", *(s.format(n=value) for s in sentences), "That is all for today."]
        docs.append(
            document(
                f"voice-{slug}",
                "voice note",
                "voice",
                lines,
                [Ask(question, (str(value),), lines[2], "plain"), no(tempting, "not said")],
            )
        )
    return docs
