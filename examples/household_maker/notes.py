"""``house-notes.md``: the couple's own notes; its rent is newer than the lease's."""

from .facts import Facts, long_date, usd


def house_notes(facts: Facts) -> bytes:
    """The Markdown file, UTF-8."""
    return f"""\
# House notes

Things we keep forgetting. Last tidied up in May 2025.

## Wifi

Network: AlderNest
Password: {facts.wifi_key}
The guest network is AlderNest-Guest and has no password. The router is behind the coats.

## Paint colors

- Kitchen: {facts.kitchen_paint}, eggshell, two cans left in the cellar
- Hallway: Linen White 08, satin
- Bedroom: still the landlord's white

## Bins

The trash truck comes on Tuesday morning. Recycling goes out every other Thursday, glass to the
container at the school. Bins back in by the evening or Mr. Doyle writes a note.

## Rent

From {long_date(facts.rent_change)} the rent is {usd(facts.rent_now)} a month (letter from
Mr. {facts.landlord.split()[-1]} of December 20, 2024).
The standing order at the bank has been changed.

## Furnace filter

Size 16x25x1. Change it every three months; Tom writes the date on the frame.

## Fruit trees

The old apple by the fence gets pruned in late February. The pear gave eleven pounds last fall.
""".encode()
