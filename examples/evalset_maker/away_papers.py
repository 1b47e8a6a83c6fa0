"""Papers from outside the house: travel, bank, car, telephone, notes."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random

from .parts import Ask, Doc, Form, Home, asks, code, day, document, equal, gbp, named, no, phone, some_day


def stay_booking(rng: Random, home: Home) -> Sequence[Doc]:
    """Bookings of rooms as saved pages: a table of two columns."""
    docs = []
    for number, place in enumerate(rng.sample(["Lindfjord", "Port Maribel", "Casteluna", "Oberwangen"], 3)):
        arrive, nights, price = some_day(rng, 2024), rng.randint(2, 9), rng.randint(58, 140)
        reference, free = code(rng, "@@#@##"), arrive - timedelta(days=rng.choice([3, 7, 14]))
        total, room = nights * price, rng.choice(["sea view", "garden room", "attic room"])
        rows = [
            ("Guest", f"{home.people[number]} {home.surname}"),
            ("Reference", reference),
            ("Arrival", day(arrive)),
            ("Nights", str(nights)),
            ("Room", room),
            ("A night", gbp(price)),
            ("Together", gbp(total)),
        ]
        lines = [
            f"<html><head><title>Your stay in {place}</title></head><body>",
            f"<h1>Your stay in {place} is booked</h1>",
            "<table>",
            *(f"<tr><td>{a}</td><td>{b}</td></tr>" for a, b in rows),
            "</table>",
            f"<p>You may cancel free of charge until {day(free)}. Breakfast is extra.</p>",
            "</body></html>",
        ]
        docs.append(
            document(
                f"stay-{place.lower().replace(' ', '-')}",
                "stay booking",
                "html",
                lines,
                [
                    asks(f"booking reference for {place}", reference, line=lines[4], category="number"),
                    asks(f"What does the stay in {place} come to?", str(total), line=lines[9]),
                    asks(f"On which day do we get to {place}?", *equal(arrive), line=lines[5]),
                    asks(f"Until when does calling off {place} cost nothing?", *equal(free), line=lines[11]),
                    *named("On which day do we arrive by the booking {}?", reference, *equal(arrive), line=lines[5]),
                    no(f"What does breakfast cost in {place}?", "not said"),
                    no(f"What did the flight to {place} cost?"),
                ],
            )
        )
    return docs


def bank_rows(rng: Random, home: Home) -> Sequence[Doc]:
    """Statements as comma-separated tables, two months that look alike."""
    docs = []
    for number, month in enumerate(("February", "March"), 2):
        balance, rows, payees = rng.randint(900, 2400) * 100, [], {}
        for payee, low, high in (
            ("GREENGROCER PLUMTREE", 1800, 6900),
            ("HALCYON GRID", 4200, 9900),
            ("OPTICIAN VERNE", 3000, 28000),
            ("CAR PARK QUAYSIDE", 400, 2400),
            ("BAKERY CROFT", 300, 1900),
            ("BOOKSHOP OWLET", 900, 4800),
        ):
            payees[payee] = pence = rng.randint(low, high)
            balance -= pence
            rows.append(f"2024-{number:02}-{3 + 4 * len(rows):02},{payee},{-pence / 100:.2f},{balance / 100:.2f}")
        lines = ["Date,Text,Amount,Balance", *rows]
        optician, books = payees["OPTICIAN VERNE"] / 100, payees["BOOKSHOP OWLET"] / 100
        docs.append(
            document(
                f"bank-{month.lower()}",
                "bank rows",
                "csv",
                lines,
                [
                    asks(
                        f"What went to the optician in {month} 2024?",
                        f"{optician:.2f}",
                        line=lines[3],
                        category="table",
                    ),
                    asks(
                        f"How much did we leave at the bookshop in {month} 2024?",
                        f"{books:.2f}",
                        line=lines[6],
                        category="table",
                    ),
                    asks(
                        f"What was on the account after the bakery in {month} 2024?",
                        rows[4].split(",")[3],
                        line=lines[5],
                        category="table",
                    ),
                    no(f"What went to the florist in {month} 2024?"),
                    no(f"What went to the optician in {('September', 'October')[number - 2]} 2024?", "other year"),
                ],
            )
        )
    return docs


def car_papers(rng: Random, home: Home) -> Sequence[Doc]:
    """Reports of the yearly test of a car, two years, one scanned."""
    plate, docs = code(rng, "@@## @@@"), []
    forms: tuple[Form, Form] = ("scan", "pdf")
    for year, form in zip((2023, 2024), forms, strict=True):
        tested, miles = some_day(rng, year), rng.randint(21, 59) * 1000 + rng.randint(1, 999)
        fee, tread = rng.randint(42, 58), rng.randint(21, 69) / 10
        lines = [
            f"Pellew Motors, {home.town}: yearly test of the car",
            f"Registration {plate}",
            f"Tested on {day(tested)} at {miles} miles",
            f"Result: passed. The tread in front is {tread} mm.",
            f"To be watched: {rng.choice(['brake hose', 'wiper linkage', 'exhaust bracket'])}, left",
            f"Fee {gbp(fee)}, paid in cash",
        ]
        docs.append(
            document(
                f"car-test-{year}",
                "car test",
                form,
                lines,
                [
                    asks(f"How many miles had the car done at its {year} test?", str(miles), line=lines[2]),
                    asks(f"What did the test of the car cost in {year}?", str(fee), line=lines[5]),
                    asks(f"How deep was the front tread in {year}?", f"{tread} mm", line=lines[3]),
                    no(f"How deep was the rear tread in {year}?"),
                    no(f"How many miles had the car done at its {year - 4} test?", "other year"),
                ],
            )
        )
    return docs


def phone_contract(rng: Random, home: Home) -> Sequence[Doc]:
    """Contracts of a telephone for two people: the same terms with other numbers."""
    docs = []
    for number, who in enumerate(home.people[2:4]):
        start, months, price = some_day(rng, 2024), rng.choice([12, 18, 24]), rng.randint(8, 29)
        customer, gigabytes = code(rng, "K-######"), rng.choice([5, 12, 20, 40]) + number
        notice = rng.choice([10, 20, 30])
        lines = [
            f"Murmur Mobile: what you have agreed to, {who} {home.surname}",
            f"Customer {customer}, line {phone(rng)}, from {day(start)}",
            f"Price: {gbp(price)} a month with {gigabytes} GB. Beyond that it gets slow, not dear.",
            f"The contract runs for {months} months; after that it may be ended with {notice} days' notice.",
            "Abroad, calls cost 19p a minute.",
        ]
        docs.append(
            document(
                f"murmur-{who.lower()}",
                "telephone contract",
                ("pdf", "scan")[number],
                lines,
                [
                    asks(f"What does {who}'s phone cost a month?", str(price), line=lines[2]),
                    asks(f"For how long is {who} bound to Murmur?", f"{months} months", line=lines[3]),
                    asks(f"{who}'s customer number at Murmur", customer, line=lines[1], category="number"),
                    no(f"What does {home.people[1 - number]}'s phone cost a month?", "other person"),
                    *named(
                        "Customer {}: for how long does the contract run?", customer, f"{months} months", line=lines[3]
                    ),
                    no(f"What did {who}'s handset cost?", "not said"),
                ],
            )
        )
    return docs


def kitchen_notes(rng: Random, home: Home) -> Sequence[Doc]:
    """Notes without sentences; the newer page corrects the older."""
    pin, old_pin = (code(rng, "####") for _ in range(2))
    sugar, jars = rng.randint(3, 9) * 100, rng.randint(7, 23)
    place = rng.choice(["behind the flour", "in the blue teapot", "under the egg timer"])
    older = [
        "# Stuck to the fridge, 2023",
        f"* alarm code {old_pin}",
        f"* spare key: {place}",
        "* bread: 500 g spelt, 11 g salt, overnight",
        f"* plum jam: {sugar} g sugar to the kilo, gave {jars} jars",
    ]
    newer = [
        "# Stuck to the fridge, 2024",
        f"* alarm code is {pin} since the Ivanhoes moved out",
        f"* {home.people[3]} allergic to sesame!!",
        f"* shoe size {home.people[2]} {rng.randint(33, 41)}",
        f"* sweep: Mr Tallow, {phone(rng)}, comes in {rng.choice(['March', 'October'])}",
    ]
    return [
        document(
            "fridge-2023",
            "kitchen notes",
            "md",
            older,
            [
                asks("Where is the spare key hidden?", place, line=older[2]),
                asks("How much sugar went into the plum jam?", f"{sugar} g", line=older[4]),
                asks("How many jars did the plums give?", str(jars), line=older[4]),
                no("How much sugar went into the quince jelly?"),
            ],
        ),
        document(
            "fridge-2024",
            "kitchen notes",
            "md",
            newer,
            [
                Ask("What is the code of the alarm?", (pin,), newer[1], "changed", (), ("fridge-2023.md",)),
                asks("Who cannot eat sesame?", home.people[3], line=newer[2]),
                asks(f"shoe size of {home.people[2]}", newer[3].split()[-1], line=newer[3]),
                no(f"shoe size of {home.people[1]}", "other person"),
                no("What is the code of the bicycle lock?"),
            ],
        ),
    ]
