"""Papers of the people: health, school, work, clubs, meetings."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

from .parts import Ask, Doc, Home, asks, code, day, document, equal, gbp, named, no, phone, some_day


def lab_report(rng: Random, home: Home) -> Sequence[Doc]:
    """Blood values of two people at two times: a table, and a sentence of the doctor."""
    docs = []
    for who, year, form in (
        (home.people[0], 2023, "pdf"),
        (home.people[0], 2024, "photo"),
        (home.people[1], 2024, "pdf"),
    ):
        taken, magnesium = some_day(rng, year), rng.randint(60, 99) / 100
        iron, sugar, dose = rng.randint(48, 160), rng.randint(70, 118), rng.choice([150, 250, 375])
        again = rng.choice([2, 3, 4, 5])
        lines = [
            f"Laboratory Dr Esk and partners                 Sample of {day(taken)}",
            f"{who} {home.surname}, number {code(rng, '####@')}",
            "",
            "Value              Result      Unit        Normal",
            f"Magnesium          {magnesium:.2f}        mmol/l      0.70 - 1.05",
            f"Iron               {iron}          ug/dl       60 - 160",
            f"Glucose, fasting   {sugar}          mg/dl       below 100",
            "",
            f"Please take {dose} mg of magnesium in the evening. We look again in {again} months.",
        ]
        docs.append(
            document(
                f"laboratory-{who.lower()}-{year}",
                "laboratory report",
                form,
                lines,
                [
                    asks(f"What was {who}'s fasting sugar in {year}?", str(sugar), line=lines[6]),
                    asks(f"How much iron did {who} have in {year}?", str(iron), line=lines[5]),
                    asks(f"How much magnesium is {who} to take since the {year} test?", f"{dose} mg", line=lines[8]),
                    no(f"What was {who}'s zinc in {year}?"),
                    no(f"What was {home.people[2 if who == home.people[0] else 3]}'s iron in {year}?", "other person"),
                ],
            )
        )
    return docs


def prescription(rng: Random, home: Home) -> Sequence[Doc]:
    """Labels of a pharmacy, photographed."""
    docs = []
    drugs = rng.sample(["Ibuprasol", "Cetrazine", "Omepril", "Dermacort", "Lactofen"], 3)
    for number, drug in enumerate(drugs):
        who, times, days = home.people[number], rng.choice([2, 3, 4]), rng.randint(5, 14)
        given = some_day(rng, 2024)
        lines = [
            "St Brannock Pharmacy",
            f"{who} {home.surname}",
            f"{drug} {rng.choice([20, 50, 200])} mg, {rng.choice([20, 30, 50])} tablets",
            f"Take one {times} times a day for {days} days",
            ("after meals with water", "not together with milk", "not before driving")[number],
            f"Given out on {day(given)}",
        ]
        docs.append(
            document(
                f"label-{drug.lower()}",
                "pharmacy label",
                "photo",
                lines,
                [
                    asks(f"For how many days does {who} take {drug}?", f"{days} days", line=lines[3]),
                    asks(f"When was the {drug} handed out?", *equal(given), line=lines[5]),
                    no(f"For how many days does {home.people[3]} take {drug}?", "other person"),
                    no(f"What did {drug} cost at the pharmacy?", "not said"),
                ],
            )
        )
    return docs


def school_mail(rng: Random, home: Home) -> Sequence[Doc]:
    """Mails of a school: a trip, and a change of the trip."""
    child, cost, down = home.people[2], rng.randint(60, 210), rng.choice([10, 15, 25])
    leave = some_day(rng, 2024)
    until, bus = leave - timedelta(days=40), rng.choice(["6:50", "7:15", "8:05"])
    later = leave + timedelta(days=7)
    reason = rng.choice(["the hostel has flooded", "the driver is ill", "the ferry is being repaired"])
    first = [
        "From: office@wendle-school.example",
        f"To: family@{home.surname.lower()}.example",
        "Subject: The nature trip",
        f"Date: {until - timedelta(days=20):%a, %d %b %Y} 09:30:00 +0000",
        'Content-Type: text/plain; charset="utf-8"',
        "",
        f"Dear parents, the class of {child} goes to the marshes on {day(leave)} for three days.",
        f"The trip costs {gbp(cost)}; {gbp(down)} of it is to be sent by {day(until)}.",
        f"The bus leaves at {bus} from the lower gate. Wellingtons are a must, telephones stay at home.",
        "Yours, Aurelia Tangle",
    ]
    second = [
        *first[:2],
        "Subject: The nature trip: new date",
        f"Date: {until + timedelta(days=5):%a, %d %b %Y} 12:00:00 +0000",
        first[4],
        "",
        f"Dear parents, {reason}. Therefore we now travel on {day(later)}.",
        "All else stays, and who has paid need not do anything.",
        "Yours, Aurelia Tangle",
    ]
    when = f"When does {child}'s class go to the marshes?"
    return [
        document(
            "nature-trip",
            "school mail",
            "eml",
            first,
            [
                asks("What does the nature trip cost?", str(cost), line=first[7]),
                asks("By when was the first part for the nature trip due?", *equal(until), line=first[7]),
                asks("At what time does the bus to the marshes go?", bus, line=first[8]),
                no("What does the ski trip cost?"),
                no("At what time is the bus back from the marshes?", "not said"),
            ],
        ),
        document(
            "nature-trip-new-date",
            "school mail",
            "eml",
            second,
            [
                Ask(when, equal(later), second[6], "changed", (), ("nature-trip.eml",)),
                asks("Why was the nature trip put off?", " ".join(reason.split()[-2:]), line=second[6]),
                no("Who drives the bus to the marshes?", "not said"),
            ],
        ),
    ]


def payslip(rng: Random, home: Home) -> Sequence[Doc]:
    """Payslips of two months: rows of numbers."""
    docs, who, overtime = [], home.people[1], 0
    number, base = code(rng, "P-####"), rng.randint(2100, 3900)
    for month, form in (("March", "pdf"), ("April", "pdf"), ("May", "scan")):
        extra, tax, pension = rng.randint(40, 300), rng.randint(310, 640), rng.randint(90, 210)
        net, overtime = base + extra - tax - pension, overtime + extra
        lines = [
            f"Fennimore Glassworks             Payslip {month} 2024",
            f"{who} {home.surname}             Personnel number {number}",
            f"Basic pay                        {base}.00",
            f"Overtime                         {extra}.00",
            f"Tax                              -{tax}.00",
            f"Pension                          -{pension}.00",
            f"Paid out                         {net}.00",
            f"Holiday left                     {rng.randint(4, 25)} days",
        ]
        docs.append(
            document(
                f"payslip-{month.lower()}",
                "payslip",
                form,
                lines,
                [
                    asks(f"What did {who} get out of the pay for {month} 2024?", str(net), line=lines[6]),
                    asks(f"How much overtime was paid in {month} 2024?", str(extra), line=lines[3]),
                    asks(
                        f"How many days of holiday did {who} have left in {month} 2024?",
                        lines[7][33:].strip(),
                        line=lines[7],
                    ),
                    no(f"What did {home.people[0]} earn in {month} 2024?", "other person"),
                    no(f"How much overtime was paid in {month} 2021?", "other year"),
                ],
            )
        )
    names = tuple(d.name for d in docs)
    together = Ask("How much overtime was paid from March to May 2024 together?", (str(overtime),), "", "sum", names)
    return [*docs[:-1], replace(docs[-1], asks=(*docs[-1].asks, together))]


def club_letter(rng: Random, home: Home) -> Sequence[Doc]:
    """Letters of two clubs with a fee, a number and a way to leave."""
    docs = []
    for number, (club, what) in enumerate([("Carrow Rowing Club", "rowing"), ("The Thursday Players", "theatre")]):
        who, fee, months = home.people[number + 1], rng.randint(48, 160), rng.choice([2, 3, 4, 6])
        member, locker = code(rng, "M##-####"), rng.randint(11, 98)
        lines = [
            club,
            f"Dear {who}, welcome. Your membership has the number {member}.",
            f"The fee is {gbp(fee)} a year, and half of that in your first.",
            f"If you wish to leave, write to us {months} months before the year ends.",
            f"Your locker is number {locker}; the committee meets on the first Tuesday.",
            f"Questions: {rng.choice(['Ludmilla Straw', 'Benedikt Hull'])}, {phone(rng)}",
        ]
        docs.append(
            document(
                f"welcome-{what}",
                "club letter",
                ("pdf", "txt")[number],
                lines,
                [
                    asks(f"What does {what} cost {who} a year?", str(fee), line=lines[2]),
                    asks(
                        f"How long before the end of the year must {who} give up {what}?",
                        f"{months} months",
                        line=lines[3],
                    ),
                    asks(f"{who}'s member number for {what}", member, line=lines[1], category="number"),
                    asks(f"Which locker has {who} at {what}?", str(locker), line=lines[4]),
                    *named("Whose membership has the number {}?", member, who, line=lines[1]),
                    no(f"What does {('archery', 'fencing')[number]} cost a year?"),
                    no(f"{home.people[3]}'s member number for {what}", "other person"),
                ],
            )
        )
    return docs


def house_meeting(rng: Random, home: Home) -> Sequence[Doc]:
    """Minutes of the owners of a house, two years: what was decided, and what only spoken of."""
    docs = []
    for year in (2023, 2024):
        held, reserve, lamp = some_day(rng, year), rng.randint(1200, 9800), rng.randint(190, 890)
        offers = rng.sample(range(310, 990), 2)
        firm, other = rng.sample(["Gossamer Painting", "Brushwood", "Palette & Daughters"], 2)
        lines = [
            f"# Minutes of the house meeting, {day(held)}",
            f"Present: {home.people[0]}, Mr Cobbold-Wray, the Ivanhoes, Ms Tamsin Dray",
            f"- **Reserve.** There are {gbp(reserve)} in the reserve.",
            f"- **Staircase.** Two offers for the paint: {firm} {gbp(offers[0])}, {other} {gbp(offers[1])}. "
            f"We take {other}.",
            f"- **Light in the yard.** Done in spring, {gbp(lamp)}.",
            "- **Lift.** Was talked about. No decision.",
            f"Next meeting: {day(held + timedelta(days=364))}",
        ]
        docs.append(
            document(
                f"house-meeting-{year}",
                "house minutes",
                "md",
                lines,
                [
                    asks(f"How much was in the reserve at the {year} meeting?", str(reserve), line=lines[2]),
                    asks(f"Who got the work on the staircase in {year}?", other, line=lines[3]),
                    asks(f"What did the yard's light cost, by the {year} minutes?", str(lamp), line=lines[4]),
                    asks(f"When was the {year} meeting of the house?", *equal(held), line=lines[0]),
                    no(f"What will the lift cost, by the {year} minutes?", "not said"),
                    no(f"Who got the work on the roof in {year}?"),
                ],
            )
        )
    return docs
