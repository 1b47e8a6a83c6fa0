"""Papers in running text: letters of a clinic, mails about subscriptions, instructions."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random

from .parts import Doc, Home, asks, code, day, document, equal, gbp, named, no, phone, some_day


def clinic_letter(rng: Random, home: Home) -> Sequence[Doc]:
    """Letters of a hospital about three people, in prose."""
    docs = []
    plans = (
        ("knee", "an operation of the knee"),
        ("skin", "the removal of a mole"),
        ("allergy", "a test of allergies"),
    )
    for number, (part, plan) in enumerate(plans):
        who, seen = home.people[number], some_day(rng, 2024)
        due, fasting = seen + timedelta(days=rng.randint(20, 60)), rng.choice([4, 6, 8])
        weeks, doctor = rng.randint(2, 9), rng.choice(["Dr Penhale", "Dr Osterby", "Dr Vane-Miller"])
        lines = [
            "Hospital of St Columb, outpatients",
            f"Typed the day after {day(seen)}. Record {code(rng, 'H/######')}",
            f"It was a pleasure to see {who} again, who has put up with this for {weeks} weeks and slept badly.",
            f"We agreed on {plan}, which is down for {day(due)}. {doctor} is going to do it.",
            f"Nothing may be eaten for {fasting} hours before, water is allowed. Somebody should come along.",
            f"Two days before, please ring {phone(rng)}; this costs nobody anything.",
        ]
        docs.append(
            document(
                f"clinic-{part}",
                "clinic letter",
                ("pdf", "txt", "scan")[number],
                lines,
                [
                    asks(f"When is {plan} of {who}'s planned?", *equal(due), line=lines[3]),
                    asks(f"Who will do {plan}?", doctor, line=lines[3]),
                    asks(f"How long before {plan} is {who} not to eat?", f"{fasting} hours", line=lines[4]),
                    no(f"When is {home.people[3]} down for {plan}?", "other person"),
                    no(f"What does {who} weigh, by the letter on the {part}?", "not said"),
                ],
            )
        )
    return docs


def subscription_mail(rng: Random, home: Home) -> Sequence[Doc]:
    """Mails about things that renew themselves."""
    docs = []
    for number, (what, sender) in enumerate(
        [("newspaper", "The Moor Gazette"), ("vegetable box", "Furrow Farm"), ("music streaming", "Tonsil")]
    ):
        renews, price, new = some_day(rng, 2025), rng.randint(5, 30), rng.randint(31, 48)
        stop = renews - timedelta(days=rng.choice([7, 14, 30]))
        customer = code(rng, "S##-#####")
        lines = [
            f"From: hello@{sender.split()[-1].lower()}.example",
            f"To: {home.people[number].lower()}@{home.surname.lower()}.example",
            f"Subject: Your {what} goes on",
            f"Date: {stop - timedelta(days=30):%a, %d %b %Y} 08:00:00 +0000",
            'Content-Type: text/plain; charset="utf-8"',
            "",
            f"Hello {home.people[number]}, your {what} is renewed by itself on {day(renews)}.",
            f"So far you have paid {gbp(price)} a month, and from then on it is {gbp(new)}.",
            f"If you do not want that, tell us by {day(stop)}, and quote {customer}.",
        ]
        docs.append(
            document(
                f"mail-{what.replace(' ', '-')}",
                "subscription mail",
                "eml",
                lines,
                [
                    asks(f"What will the {what} cost after its renewal?", str(new), line=lines[7]),
                    asks(f"What has the {what} cost a month up to now?", str(price), line=lines[7]),
                    asks(f"Until when can we stop the {what}?", *equal(stop), line=lines[8]),
                    asks(f"customer number for the {what}", customer, line=lines[8], category="number"),
                    *named("Until when must {} be quoted to stop it?", customer, *equal(stop), line=lines[8]),
                    no(f"What did the {what} cost in 2017?", "other year"),
                    no(f"Until when can we stop the {('film club', 'milk round', 'audio books')[number]}?"),
                ],
            )
        )
    return docs


def instructions(rng: Random, home: Home) -> Sequence[Doc]:
    """Pages of manuals: numbers that nobody remembers."""
    docs = []
    for number, (thing, part) in enumerate([("espresso machine", "boiler"), ("sewing machine", "hook")]):
        every, grams, error = rng.randint(2, 9), rng.randint(14, 21), code(rng, "E##")
        volts, model = rng.choice([210, 220, 230]), code(rng, "@@-###")
        lines = [
            f"{thing.capitalize()} {model}: the short guide",
            f"1. Clean the {part} every {every} weeks, and never with vinegar.",
            f"2. It works with {volts} volts and weighs {grams / 2} kg.",
            f"3. When {error} is shown, the {part} is stuck. Switch off and wait 10 minutes.",
            "4. Do not leave children alone with it.",
            f"Spare parts: {phone(rng)}",
        ]
        docs.append(
            document(
                f"guide-{thing.replace(' ', '-')}",
                "instructions",
                ("txt", "pdf")[number],
                lines,
                [
                    asks(
                        f"How often must the {part} of the {thing} be cleaned?", f"every {every} weeks", line=lines[1]
                    ),
                    asks(f"What does the {thing} weigh?", f"{grams / 2} kg", line=lines[2]),
                    asks(f"Which code says that the {part} is stuck?", error, line=lines[3], category="number"),
                    no(f"When did we buy the {thing}?", "not said"),
                    no(f"How often must the {('bread oven', 'knitting machine')[number]} be cleaned?"),
                ],
            )
        )
    return docs
