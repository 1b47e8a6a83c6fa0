"""Papers of the house: energy, insurance, rent, appliances, craftsmen."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random

from dateutil.relativedelta import relativedelta

from .parts import Ask, Doc, Home, asks, code, day, document, equal, gbp, named, no, phone, some_day


def energy_statement(rng: Random, home: Home) -> Sequence[Doc]:
    """Yearly statements of gas and electricity: a table far from its headers, one scanned."""
    docs = []
    for fuel, supplier in (("gas", "Brightfell"), ("electricity", "Halcyon Grid")):
        account = code(rng, "##-####-#")
        for year, form in ((2023, "pdf"), (2024, "scan")):
            start, used = rng.randint(2000, 9000), rng.randint(900, 3800)
            rate, standing = rng.randint(8, 31) + rng.randint(1, 99) / 100, rng.randint(90, 220)
            total = round(used * rate / 100 + standing, 2)
            due = some_day(rng, year + 1)
            rows = [
                f"{supplier.upper()}   Your {fuel} from 1 January to 31 December {year}",
                f"Customer {home.people[0]} {home.surname}, {home.street}, {home.town}",
                f"Account {account}        Printed {day(due - timedelta(days=21))}",
                "",
                "                         Reading      Used kWh     Pence/kWh      Amount",
                f"Opening                  {start}",
                f"Closing                  {start + used}         {used}         {rate:.2f}          "
                f"{gbp(round(used * rate / 100, 2))}",
                f"Standing charge, year                                             {gbp(standing)}",
                f"To pay by {day(due)}                                   {gbp(total)}",
                "",
                f"Estimated for next year: {used + 130} kWh. In an emergency: 0800 555 0{rng.randint(100, 199)}.",
            ]
            wording = rng.choice(["How many kilowatt hours of {f} did we use in {y}?", "our {f} use in {y}, in kWh?"])
            questions = [
                asks(wording.format(f=fuel, y=year), str(used), line=rows[6]),
                asks(f"What was the whole {fuel} bill for {year}?", f"{total:.2f}", line=rows[8]),
                asks(f"By what day did the {fuel} for {year} have to be paid?", *equal(due), line=rows[8]),
                no(f"What did we pay for {fuel} in {year - 5}?", "other year"),
            ]
            if year == 2023:
                later = (f"{fuel}-2024.pdf",)
                questions.append(
                    asks(f"account number for {fuel}", account, line=rows[2], category="number", either=later)
                )
            docs.append(document(f"{fuel}-{year}", "energy statement", form, rows, questions))
    return docs


def contents_policy(rng: Random, home: Home) -> Sequence[Doc]:
    """Insurance of two years in prose; the newer counts unless the older is named."""
    number, docs = code(rng, "CP/####-##@"), []
    names = [f"contents-cover-{year}.pdf" for year in (2023, 2024)]
    for year in (2023, 2024):
        excess, limit, premium = 50 * rng.randint(2, 9) + (year - 2023) * 25, rng.randint(28, 60), rng.randint(140, 290)
        bikes, days = 100 * rng.randint(3, 9) + (year - 2023) * 50, rng.choice([14, 21, 45]) + year - 2023
        lines = [
            "Lantern Mutual",
            f"To {home.people[1]} {home.surname}, {home.street}, {home.town}",
            f"Your contents cover {number} for the year from 1 April {year}",
            f"What is in the house is insured as new up to {gbp(limit * 1000)}. Of any loss you carry the first "
            f"{gbp(excess)} yourself.",
            f"Bicycles that were locked are covered up to {gbp(bikes)} each. Jewellery is covered at home only.",
            f"A loss must be reported within {days} days.",
            f"The premium for the year is {gbp(premium)}, and is taken on 15 April {year}.",
        ]
        older = (names[0],) if year == 2024 else ()
        questions = [
            Ask("How much of a loss at home do we carry ourselves?", (str(excess),), lines[3], "changed", (), older)
            if year == 2024
            else asks(
                "How much of a loss did we carry under the 2023 cover?", str(excess), line=lines[3], category="changed"
            ),
            asks(
                f"Up to what amount is a stolen bike insured in the year from April {year}?", str(bikes), line=lines[4]
            ),
            asks(f"What did insuring our belongings cost for the year from April {year}?", str(premium), line=lines[6]),
            no(f"What is the contents premium for the year from April {2027 + year - 2023}?", "other year"),
            no(["What is our car insurance premium?", "What does Lantern Mutual pay for a stolen car?"][year - 2023]),
        ]
        if older:
            questions.append(
                asks("number of our contents cover?", number, line=lines[2], category="number", either=older)
            )
        docs.append(document(f"contents-cover-{year}", "contents policy", "pdf", lines, questions))
    docs.append(_claim_letter(rng, home, number))
    return docs


def _claim_letter(rng: Random, home: Home, number: str) -> Doc:
    paid, excess, loss = rng.randint(220, 900), 75, some_day(rng, 2024)
    reference, handler = code(rng, "L@-#####"), rng.choice(["Ms Otterby", "Mr Fairlight-Ames", "Mrs Dunmallet"])
    lines = [
        "Lantern Mutual, claims",
        f"Our reference {reference}, policy {number}",
        f"Dear {home.people[1]}, thank you for the pictures of the carpet.",
        f"We accept the water damage of {day(loss)} and pay {gbp(paid)} to your account, which is the price of the "
        f"carpet less {gbp(excess)}.",
        f"If anything is unclear, ask for {handler} on {phone(rng)}.",
    ]
    return document(
        "carpet-claim",
        "contents policy",
        "txt",
        lines,
        [
            asks("What did the insurer pay us for the wet carpet?", str(paid), line=lines[3]),
            asks("On what day was the carpet spoilt?", *equal(loss), line=lines[3]),
            asks("reference of the carpet claim", reference, line=lines[1], category="number"),
            asks("Who deals with the carpet claim at Lantern?", handler.split()[-1], line=lines[4]),
            *named("What was paid under {}?", reference, str(paid), line=lines[3]),
            no("What did the insurer pay for the broken window?"),
        ],
    )


def rent(rng: Random, home: Home) -> Sequence[Doc]:
    """An agreement and a later letter that raises the rent: the newer counts."""
    old, deposit = rng.randint(640, 990), rng.randint(1000, 1990)
    new, notice, start = old + rng.randint(31, 120), rng.choice([6, 8, 10]), some_day(rng, 2021)
    since = some_day(rng, 2024).replace(day=1)
    owner = rng.choice(["Drumgold Lettings", "Mrs Peverell-Stoat", "Kestrel & Moon"])
    agreement = [
        f"Agreement between {owner} and {home.people[0]} and {home.people[1]} {home.surname}",
        f"The flat at {home.street} is let from {day(start)}.",
        f"Rent is {gbp(old)} a calendar month, due on the third working day.",
        f"{gbp(deposit)} has been paid as security and is returned within 40 days of leaving.",
        f"Either side may end this letting with {notice} weeks' notice in writing.",
        "Bicycles are kept in the cellar. Barbecues on the balcony are forbidden.",
    ]
    letter = [
        f"{owner}, {day(since - relativedelta(months=2))}",
        f"Dear {home.people[1]}, since the lift was renewed I must ask for more.",
        f"Instead of {gbp(old)} the flat will be {gbp(new)} a month from {day(since)} on.",
        "Security and notice stay as they were agreed.",
    ]
    first, second = "letting-agreement.pdf", "letter-from-owner.txt"
    return [
        document(
            "letting-agreement",
            "rent agreement",
            "scan",
            agreement,
            [
                asks("What did we leave as security for the flat?", str(deposit), line=agreement[3]),
                asks(
                    "How many weeks before leaving the flat do we have to say so?", f"{notice} weeks", line=agreement[4]
                ),
                asks("Since when have we lived in the flat?", *equal(start), line=agreement[1]),
                no("What does the garage cost us a month?"),
                no(f"What rent does {home.people[2]} pay in her own place?", "other person"),
            ],
        ),
        document(
            "letter-from-owner",
            "rent agreement",
            "txt",
            letter,
            [
                Ask("What is the rent of the flat now?", (str(new),), letter[2], "changed", (second,), (first,)),
                asks("From which day does the flat cost more?", *equal(since), line=letter[2]),
                asks("Why did the rent go up?", "lift was renewed", line=letter[1]),
                no("What will the flat cost from 2027 on?", "other year"),
            ],
        ),
    ]


def appliances(rng: Random, home: Home) -> Sequence[Doc]:
    """Receipts as photos, and guarantee cards: the end of the term takes both."""
    docs = []
    goods = [("tumble dryer", "Vento"), ("vacuum cleaner", "Zephyr"), ("oven", "Caldera"), ("dehumidifier", "Mistral")]
    for number, (thing, brand) in enumerate(goods):
        model, months, price = code(rng, f"{brand} @@###"), rng.choice([18, 24, 36, 60]), rng.randint(119, 880)
        bought = some_day(rng, 2021 + number)
        end, slug = bought + relativedelta(months=months), thing.replace(" ", "-")
        receipt = [
            rng.choice(["Copperkettle Stores", "Electro Bramhall", "The Plug Hole"]),
            f"{home.town}, till {rng.randint(1, 6)}",
            f"Sold on {day(bought)}, {rng.randint(9, 17)}:{rng.randint(10, 59)}",
            f"{thing.upper()} {model}     {price}.00",
            "CARRIER BAG     0.20",
            f"TOTAL PAID     {price}.20",
            f"Receipt {code(rng, '####-##-###')}",
        ]
        card = [
            f"{brand} guarantee card",
            f"For this {thing} ({model}) we grant a guarantee of {months} months from the day of purchase.",
            "It does not cover filters, seals and lamps. Keep the receipt.",
            f"Service: {phone(rng)}. Serial number {code(rng, '@##-######')}.",
        ]
        names = (f"{slug}-receipt.jpg", f"{slug}-card.{'pdf' if number else 'txt'}")
        docs.append(
            document(
                f"{slug}-receipt",
                "appliance receipt",
                "photo",
                receipt,
                [
                    asks(f"What did the {thing} cost without the bag?", str(price), line=receipt[3]),
                    asks(f"When did we buy the {thing}?", *equal(bought), line=receipt[2]),
                    no(f"What did we pay for the second {thing}?"),
                ],
            )
        )
        docs.append(
            document(
                f"{slug}-card",
                "guarantee card",
                "pdf" if number else "txt",
                card,
                [
                    Ask(f"When does the guarantee on the {thing} end?", equal(end), card[1], "two documents", names),
                    asks(f"How long is the {thing} guaranteed?", f"{months} months", line=card[1]),
                    asks(
                        f"serial number of the {thing}",
                        card[3].split()[-1].rstrip("."),
                        line=card[3],
                        category="number",
                    ),
                    no(f"How long is the guarantee on the {['coffee grinder', 'freezer', 'toaster', 'iron'][number]}?"),
                ],
            )
        )
    return docs


def craftsman(rng: Random, home: Home) -> Sequence[Doc]:
    """Invoices of people who came to mend something; the same firm in two years."""
    docs = []
    firm, boss = rng.choice([("Mortlake Roofing", "Hesper Mortlake"), ("Plinth & Sons", "Ignace Plinth")])
    for number, (job, year) in enumerate(
        [("gutter", 2022), ("gutter", 2024), ("skylight", 2023), ("front door", 2024)]
    ):
        hours, rate, parts = rng.randint(2, 9), rng.randint(34, 58), rng.randint(12, 140)
        total, when, years = hours * rate + parts, some_day(rng, year), rng.randint(2, 5)
        reference = code(rng, f"{year % 100}-####")
        lines = [
            f"{firm}, {home.town}                         Invoice {reference}",
            f"Work at {home.street}, {day(when)}: {job} mended",
            f"Labour                {hours} h  x {rate}.00              {hours * rate}.00",
            f"Material                                     {parts}.00",
            f"Sum, no tax (small business)                 {total}.00",
            f"Please pay within {14 if number % 2 else 30} days. The work is guaranteed for {years} years. {boss}",
        ]
        docs.append(
            document(
                f"{job.replace(' ', '-')}-{year}",
                "craftsman invoice",
                ("txt", "scan", "pdf", "photo")[number],
                lines,
                [
                    asks(f"What did mending the {job} cost altogether in {year}?", str(total), line=lines[4]),
                    asks(f"How many hours did they work on the {job} in {year}?", str(hours), line=lines[2]),
                    asks(f"invoice number for the {job} of {year}", reference, line=lines[0], category="number"),
                    Ask(
                        f"Until when is the work on the {job} of {year} guaranteed?",
                        equal(when + relativedelta(years=years)),
                        lines[5],
                        "computed",
                    ),
                    *named("invoice {}: how much is the sum?", reference, str(total), line=lines[4]),
                    no(f"What did mending the {job} cost in {2016 + number}?", "other year"),
                    no(f"What did mending the {['fence', 'balcony', 'cellar door', 'back gate'][number]} cost?"),
                ],
            )
        )
    return docs
