"""The generated evaluation set: documents of a made-up household with questions, by families of templates.

``FAMILIES`` names the templates. The names are how a test tells that training data was made by others.
"""

import json
import shutil
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

from . import away_papers, home_papers, hostile, other_papers, people_papers, talk
from .parts import ENDINGS, Ask, Doc, Family, home
from .render import render

SEED = 41

_MADE_BY: tuple[Family, ...] = (
    home_papers.energy_statement,
    home_papers.contents_policy,
    home_papers.rent,
    home_papers.appliances,
    home_papers.craftsman,
    people_papers.lab_report,
    people_papers.prescription,
    people_papers.school_mail,
    people_papers.payslip,
    people_papers.club_letter,
    people_papers.house_meeting,
    away_papers.stay_booking,
    away_papers.bank_rows,
    away_papers.car_papers,
    away_papers.phone_contract,
    away_papers.kitchen_notes,
    other_papers.clinic_letter,
    other_papers.subscription_mail,
    other_papers.instructions,
    talk.family_chat,
    talk.voice_note,
    hostile.hostile_record,
)
FAMILIES = (
    "energy statement",
    "contents policy",
    "rent agreement",
    "appliance receipt",
    "guarantee card",
    "craftsman invoice",
    "laboratory report",
    "pharmacy label",
    "school mail",
    "payslip",
    "club letter",
    "house minutes",
    "stay booking",
    "bank rows",
    "car test",
    "telephone contract",
    "kitchen notes",
    "clinic letter",
    "subscription mail",
    "instructions",
    "chat",
    "voice note",
    "hostile record",
)


def documents(seed: int = SEED) -> list[Doc]:
    """All records of a seed; each family draws from numbers of its own."""
    family_home = home(seed)
    return [d for make in _MADE_BY for d in make(Random(f"{seed}/{make.__name__}"), family_home)]


def write(folder: Path, seed: int = SEED, only: Collection[str] | None = None) -> list[Path]:
    """Write the records of the families in ``only``, or of all, and ``questions.toml`` into ``folder``.

    Without ``flite``, voice notes become text.
    """
    folder.mkdir(parents=True, exist_ok=True)
    can_speak = shutil.which("flite") is not None
    made = [d if can_speak else unspoken(d) for d in documents(seed) if only is None or d.family in only]
    for doc in made:
        (folder / doc.name).write_bytes(render(doc))
    (folder / "questions.toml").write_text("\n".join(questions(made)), "utf-8")
    return [folder / d.name for d in made]


def unspoken(doc: Doc) -> Doc:
    """A voice note as a text; any other record as it is."""
    if doc.form != "voice":
        return doc
    name = doc.name.removesuffix(ENDINGS["voice"]) + "txt"
    asked = (
        replace(a, documents=(name,) if a.documents else (), category="plain" if a.expect else a.category)
        for a in doc.asks
    )
    return replace(doc, name=name, form="txt", asks=tuple(asked))


def questions(docs: Collection[Doc]) -> Iterator[str]:
    """``[[question]]`` tables, as ``memx.evaluate`` reads them."""
    for doc in docs:
        for ask in doc.asks:
            yield "\n".join(["[[question]]", *_fields(ask), f"family = {_value(doc.family)}", ""])


def _fields(ask: Ask) -> Iterator[str]:
    yield f"ask = {_value(ask.ask)}"
    if not ask.expect:
        yield "answerable = false"
    else:
        yield f"expect_any = {_value(ask.expect)}"
        yield f"documents = {_value(ask.documents)}"
        yield f"line = {_value(ask.line)}"
    for name, others in (("also", ask.also), ("either", ask.either)):
        if others:
            yield f"{name} = {_value(others)}"
    yield f"category = {_value(ask.category)}"


def _value(value: str | tuple[str, ...]) -> str:
    """TOML's basic strings and arrays of them are written as JSON's."""
    return json.dumps(value, ensure_ascii=False)
