"""What is killed, on which vault it begins, and what is to be seen afterwards: each operation that changes a vault."""

import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from independent import canonical, open_database
from keyring_cases import KEYS as VECTOR_KEYS
from keyring_cases import MASTER, RECOVERY, old
from picture import (
    KEYS,
    NEXT_PASSPHRASE,
    PASSPHRASE,
    Place,
    entry,
    forgotten,
    goes_on,
    opened,
    picture,
    require,
    sound,
    unreadable,
    ways,
)

from memx.corrections import Correction
from memx.corrections import Place as At
from memx.crypto import keyring
from memx.crypto.kdf import Purpose
from memx.vault import EmbedderId, Export, KdfParams, Vault, rotation
from memx.vault.backup import backup
from memx.vault.blobs import Blobs
from memx.vault.create import building
from memx.vault.database import connect
from memx.vault.layout import Layout
from memx.vault.restore import restore

State = dict[str, Any]

KEY, NEXT = KEYS["recovery"], KEYS["next recovery"]
COSTS = KdfParams()
OLDER = Path(__file__).parents[1] / "vectors" / "vaults" / "format-1"
CHAT = "the okapi asks about the tapir"
CODE = "the wombat code is 4471"
MADE = "2025-02-02T03:04:05+00:00"
DAY = Correction("date", "2025-04-03", "okapi", CHAT, MADE, At(0, 4, 9))
PRICE = Correction("amount", "USD 14.00", "the", CHAT, MADE, At(0, 0, 3))


@dataclass(frozen=True, slots=True)
class Operation:
    """``change`` is killed at each of its calls, on what ``begin`` returned, in a copy of the template ``start``.

    ``observe`` opens what a kill left and says what it sees, which must be what it sees in the template, in a copy in
    which ``change`` was done, or one of the states ``between``. ``stride`` above 1 takes only a sample of the calls.
    """

    name: str
    start: str
    begin: Callable[[Place], Any]
    change: Callable[[Any], object]
    observe: Callable[[Place], State]
    between: Callable[[State, State], list[State]] = lambda before, after: []
    stride: int = 1


# Templates.


def full(place: Place) -> None:
    """A vault with a few documents, and three ways to open it."""
    with Vault.create(place.home, PASSPHRASE, COSTS) as vault:
        (place.root / "first-slot").write_text(vault.slots()[0].id)
        vault.set_embedder(EmbedderId("m", "0"))
        vault.set_key("recovery", KEY)
        vault.set_key("device", KEYS["device"])
        vault.add([entry(vault, "a letter from the quetzal", "Letter")])
        chat = entry(vault, CHAT, "Okapi chat")
        vault.add([chat, entry(vault, "a photo of the tapir", "Tapir photo", size=70000, parent=chat.record.id)])
        vault.add([entry(vault, CODE, "Code", size=20, password="numbat")])
        vault.correct(vault.content_id(CHAT.encode()), DAY, "2025-04-03")
        vault.save_question("Where is the narwhal?", {"answer": "With the capybara."})
        vault.save_snapshot([b"an index of ptarmigan"], vault.sequence, vault.last_chunk)


def half_rotated(place: Place) -> None:
    """Under a new master key, with all originals still to do."""
    change_master(begin_rotation(place))


def older(place: Place) -> None:
    """A vault of format 1, which a key opens, so that opening it is fast."""
    shutil.copytree(OLDER, place.home)
    (place.home / "keyring.json").write_bytes(canonical(old(RECOVERY)))
    for path in (place.home, *place.home.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)


def backed_up(place: Place) -> None:
    """A backup, and no vault."""
    make_backup(place)
    shutil.rmtree(place.home)


TEMPLATES: dict[str, tuple[str | None, Callable[[Place], None]]] = {
    "nothing": (None, lambda place: None),
    "full": (None, full),
    "half rotated": ("full", half_rotated),
    "older": (None, older),
    "backed up": ("full", backed_up),
}
"""On what a template is built, and how."""


def hot(place: Place) -> bool:
    """Whether a transaction was interrupted that must be rolled back at the next opening."""
    journal = place.home / "vault.db-journal"
    return journal.exists() and journal.stat().st_size > 4096


CRASHES: dict[str, tuple[str, Callable[[Place], bool]]] = {
    "crashed add": ("add", hot),
    "crashed rotation": ("new master key", lambda place: hot(place) and (place.home / "keyring.next").exists()),
    "crash before a rename": ("new master key", lambda place: (place.home / "keyring.next").exists()),
}
"""Templates that a kill leaves: of which operation, and what must hold of it."""


# What is killed.


def add(vault: Vault) -> None:
    parent = entry(vault, "a message of the kakapo", "Kakapo chat")
    vault.add([parent, entry(vault, "a kakapo in the photo", "Kakapo", size=70000, parent=parent.record.id)])


def forget(vault: Vault) -> None:
    vault.forget(vault.content_id(CHAT.encode()))


def reread(vault: Vault) -> None:
    (before,) = (record for record in vault.documents() if record.title == "Code")
    read = entry(vault, "the quokka code is 4477", "Quokka code", password="kakapo")
    vault.reread(replace(read, record=replace(before, title="Quokka code", date=None, warnings=(), locked=True)))


def correct(vault: Vault) -> None:
    vault.correct(vault.content_id(CHAT.encode()), PRICE, "2025-04-03")


def uncorrect(vault: Vault) -> None:
    vault.uncorrect(vault.content_id(CHAT.encode()), DAY, None)


def extend(vault: Vault) -> None:
    (before,) = (record for record in vault.documents() if record.title == "Code")
    more = entry(vault, "the quokka code is 4477", "Quokka code")
    vault.extend(replace(more, record=replace(before, warnings=("Another warning.",))))


def merge(vault: Vault) -> None:
    (before,) = (record for record in vault.documents() if record.title == "Okapi chat")
    whole = entry(vault, "the kakapo asks about the quokka", "Kakapo chat")
    export = Export(whole.record.id, "kakapo.txt", "2025-02-02T03:04:05+00:00", whole.record.size)
    whole = replace(whole, record=replace(before, title="Kakapo chat"))
    vault.merge(whole, export, [entry(vault, "a photo of the quokka", "Quokka", size=70000, parent=before.id)], {1: 2})


def rotate(vault: Vault) -> None:
    vault.rotate(NEXT_PASSPHRASE, recovery=NEXT, costs=COSTS)


def make_backup(place: Place) -> None:
    place.backup.parent.mkdir(exist_ok=True)
    backup(place.home, KEY, place.backup)


def begin_rotation(place: Place) -> tuple[Any, ...]:
    """What ``Vault.rotate`` has at hand when it changes the master key, with a key for the passphrase: that is fast."""
    layout = Layout(place.home)
    ring, keys, _ = keyring.unlock(layout.keyring.read_bytes(), KEY)
    db = connect(layout.database, keys.key(Purpose.DATABASE))
    new = keys.renewed()
    slots = (keyring.key_slot(new, "recovery", NEXT),)
    ring = replace(ring, slots=slots, generation=ring.generation + 1)
    return layout, Blobs(layout.blobs, keys.vault_id), db, keys, ring, new, NEXT


def change_master(begun: tuple[Any, ...]) -> None:
    with closing(begun[2]):
        rotation.change_master(*begun)


# What is seen.


def settled(place: Place, secrets: Sequence[bytes] = (KEY,), gone: Sequence[str] = ()) -> State:
    """The vault opens, is whole, shows nothing and goes on; ``gone`` is what is in no page if its documents are not."""
    vault, secret = opened(place, secrets)
    with vault:
        left = vault.rotation_left
        vault.finish_rotation()
        require(vault.rotation_left == 0, "the rotation does not end")
        content = picture(vault)
        seen = {"content": content, "ways": ways(place, vault), "sequence": vault.sequence, "left": bool(left)}
        sound(place, vault)
        if gone and not any(content["hits"][word] for word in gone):
            forgotten(place, secret, gone)
        goes_on(place, vault, secret)
    unreadable(place)
    return seen


def settled_in_any_order(place: Place, secrets: Sequence[bytes]) -> State:
    """The same whichever secret is tried first."""
    other = Place(place.root.with_name("other order"))
    shutil.rmtree(other.root, ignore_errors=True)
    shutil.copytree(place.root, other.root)
    seen = settled(place, secrets)
    shutil.rmtree(place.root)
    other.root.rename(place.root)
    require(settled(place, secrets[::-1]) == seen, "which secret is tried first makes a difference")
    return seen


def created(place: Place) -> State:
    """A whole vault, or none and place for one."""
    there = place.home.exists()
    if there:
        with Vault.open(place.home, PASSPHRASE) as vault:
            require(vault.documents() == [], "documents")
            sound(place, vault)
    else:
        with building(Layout(place.home)):
            pass
    require({path.name for path in place.root.iterdir()} <= {"vault", "state", "out"}, "something lies about")
    return {"there": there}


def with_backup(place: Place) -> State:
    """The vault as it was, and a whole backup or none."""
    files = [path for path in sorted(place.home.rglob("*")) if path.is_file() and path.name != "lock"]
    seen: State = {"backup": None, "files": [sha256(path.read_bytes()).hexdigest() for path in files]}
    if place.backup.exists():
        with restore(place.backup, KEY, place.root / "restored", place.root / "other state") as vault:
            seen["backup"] = picture(vault)
        shutil.rmtree(place.root / "restored")
    return {**seen, **settled(place)}


def restored(place: Place) -> State:
    """A whole vault, or none and place for one."""
    there = place.home.exists()
    if not there:
        restore(place.backup, KEY, place.home).close()
    with Vault.open(place.home, KEY, accept_older=True) as vault:
        sound(place, vault)
        seen = {"there": there, "content": picture(vault)}
        goes_on(place, vault, KEY)
    unreadable(place)
    require(not list(place.root.glob(".vault.new-*")), "something lies about")
    return seen


def migrated(place: Place) -> State:
    """The vault opens, and a whole backup was there before anything was migrated."""
    key = VECTOR_KEYS["recovery"]
    shutil.copytree(place.home, place.root / "copy")
    with closing(open_database(place.root / "copy" / "vault.db", MASTER)) as db:
        tables = db.execute("PRAGMA user_version").fetchone()[0]
    shutil.rmtree(place.root / "copy")
    backups = list(place.root.glob("*.memx"))
    changed = tables != 1 or (place.home / "keyring.json").read_bytes() != canonical(old(RECOVERY))
    require(backups or not changed, "migrated without a backup")
    vault, _ = opened(place, [key])
    with vault:
        seen = {"content": picture(vault), "sequence": vault.sequence}
        sound(place, vault)
        goes_on(place, vault, key)
    for path in backups:
        with restore(path, key, place.root / "restored", place.root / "other state") as vault:
            require(picture(vault) == seen["content"], "a backup holds something else")
        shutil.rmtree(place.root / "restored")
    return seen


def both_ways(before: State, after: State) -> list[State]:
    """While a key is replaced, the one before and the one after open the vault."""
    every = {*before["ways"], *after["ways"]}
    return [{**before, "ways": [way for way in (*KEYS, "passphrase", "next passphrase") if way in every]}]


def without_snapshot(before: State, after: State) -> list[State]:
    """Before the database has its new key, everything is as it was, but the snapshot may be gone already.

    After it there may be originals left to do.
    """
    without = {**before["content"], "snapshot": None}
    return [{**before, "content": without, "sequence": after["sequence"]}, {**after, "left": True}]


REPLACED = partial(settled_in_any_order, secrets=(KEY, NEXT))


def open_with(secret: bytes) -> Callable[[Place], Vault]:
    return lambda place: Vault.open(place.home, secret)


def as_it_is(place: Place) -> Place:
    return place


# The fields of Operation, in order.
_OPERATIONS: tuple[tuple[Any, ...], ...] = (
    ("create", "nothing", as_it_is, lambda place: Vault.create(place.home, PASSPHRASE, COSTS), created),
    ("add", "full", open_with(KEY), add, settled),
    ("forget", "full", open_with(KEY), forget, partial(settled, gone=["okapi", "tapir"])),
    ("reread", "full", open_with(KEY), reread, partial(settled, gone=["wombat", "numbat"])),
    ("correct a fact", "full", open_with(KEY), correct, settled),
    ("uncorrect a fact", "full", open_with(KEY), uncorrect, settled),
    ("extend", "full", open_with(KEY), extend, settled),
    ("merge", "full", open_with(KEY), merge, settled),
    ("set passphrase", "full", open_with(KEY), lambda v: v.set_passphrase(NEXT_PASSPHRASE, COSTS), settled, both_ways),
    ("set recovery key", "full", open_with(KEY), lambda v: v.set_key("recovery", NEXT), REPLACED, both_ways),
    ("remove device key", "full", open_with(KEY), lambda v: v.remove_slot("device"), settled),
    ("rotate", "full", open_with(KEY), rotate, partial(settled, secrets=(KEY, NEXT)), without_snapshot, 25),
    ("new master key", "full", begin_rotation, change_master, REPLACED, without_snapshot),
    ("finish rotation", "half rotated", open_with(NEXT), Vault.finish_rotation, partial(settled, secrets=(NEXT,))),
    ("save snapshot", "full", open_with(KEY), lambda v: v.save_snapshot([b"kakapo"], 9, 9), settled),
    ("drop snapshot", "full", open_with(KEY), Vault.drop_snapshot, settled),
    ("save question", "full", open_with(KEY), lambda v: v.save_question("A kakapo?", {"answer": "no"}), settled),
    ("backup", "full", as_it_is, make_backup, with_backup),
    ("restore", "backed up", as_it_is, lambda place: restore(place.backup, KEY, place.home), restored),
    ("migrate", "older", as_it_is, open_with(VECTOR_KEYS["recovery"]), migrated),
    ("open after a crash", "crashed add", as_it_is, open_with(KEY), settled),
    ("open before a new master key", "crashed rotation", as_it_is, open_with(KEY), REPLACED),
    ("open after a new master key", "crash before a rename", as_it_is, open_with(NEXT), REPLACED),
)
OPERATIONS = tuple(Operation(*fields) for fields in _OPERATIONS)
