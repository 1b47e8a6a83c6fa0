"""Keyrings that open and keyrings that must not, one reason each, by ``docs/vault-format.md``."""

import json
from collections.abc import Iterator
from functools import cache
from hashlib import shake_256
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from independent import COSTS, canonical, keyring_aad, mac, signed, wrapping_key
from mnemonic import Mnemonic
from shamir_mnemonic import combine_mnemonics

Case = dict[str, Any]
Body = dict[str, Any]

PASSPHRASE = "a lantern above the harbour café"
FILL = "<fill>"
# SLIP-39 shares cannot be made twice the same; these three are of KEYS["recovery"], two are enough.
SHARES = (
    "legs busy academic acid aspect cage valuable chubby bike peanut black ordinary violence alpha ranked "
    "presence careful ecology dryer destroy scared that ladybug liberty entrance metric suitable spew dress "
    "depict garbage answer vanish",
    "legs busy academic agency afraid race downtown silent scared reaction golden destroy secret visual "
    "building mother remind reaction blimp deadline cylinder main garbage aquatic yelp excuse liberty recall "
    "artist document blimp squeeze mixture",
    "legs busy academic always agency silver language verdict retreat magazine veteran pancake merit peanut "
    "usher prune family triumph hobo agree pumps recall drift voting muscle criminal hand justice union "
    "category scholar purchase mailman",
)


def noise(label: str, size: int) -> bytes:
    """Bytes that look random and are the same each time."""
    return shake_256(label.encode()).digest(size)


VAULT, MASTER = noise("vault", 16), noise("master", 32)
KEYS = {kind: noise(f"{kind} key", 32) for kind in ("recovery", "device")}
SECRETS: dict[str, Body] = {
    "passphrase": {"passphrase": PASSPHRASE},
    "recovery": {"key": KEYS["recovery"].hex()},
    "device": {"key": KEYS["device"].hex()},
}


@cache
def _slot(
    kind: str, label: str, secret: str | bytes, costs: tuple[int, int, int], salt: int, nonce: int, master: bytes
) -> str:
    body: Body = {"id": noise(f"{kind} {label} id", 8).hex(), "kind": kind, "created": "2025-01-17"}
    body |= {"salt": noise(f"{kind} {label} salt", salt).hex(), "nonce": noise(f"{kind} {label} nonce", nonce).hex()}
    if kind == "passphrase":
        body["kdf"] = dict(zip(("name", "memory_kib", "iterations", "lanes"), (COSTS["name"], *costs), strict=True))
    key = wrapping_key(kind, secret, bytes.fromhex(body["salt"]), body.get("kdf"))
    sealed = AESGCM(key).encrypt(bytes.fromhex(body["nonce"]), master, keyring_aad(kind, VAULT))
    return json.dumps({**body, "wrapped": sealed.hex()})


def slot(
    kind: str,
    label: str = "first",
    secret: str | bytes | None = None,
    costs: tuple[int, int, int] = (65536, 3, 4),
    salt: int = 16,
    nonce: int = 12,
    master: bytes = MASTER,
) -> Body:
    """A slot that wraps ``master`` rightly."""
    chosen = secret if secret is not None else KEYS.get(kind, PASSPHRASE)
    made: Body = json.loads(_slot(kind, label, chosen, costs, salt, nonce, master))
    return made


def ring(*slots: Body, generation: Any = 3, **extra: Any) -> Body:
    """A keyring of format 2 with a right ``mac``."""
    return signed({"format": 2, "vault": VAULT.hex(), "generation": generation, "slots": list(slots), **extra}, MASTER)


def old(*slots: Body, **extra: Any) -> Body:
    """A keyring of format 1 with a right ``mac``."""
    bare = [{name: value for name, value in slot.items() if name not in ("id", "created")} for slot in slots]
    return signed({"format": 1, "vault": VAULT.hex(), "slots": bare, **extra}, MASTER)


RECOVERY = slot("recovery")
DEVICE = slot("device")
FUTURE = {**slot("recovery", "future"), "kind": "smart-card", "reader": {"slot": 2, "name": "blue"}}
GOOD = ring(RECOVERY)


def cases() -> Iterator[tuple[str, Case]]:
    """Name and content of each file."""
    yield from _that_open()
    yield from _wrong_secrets()
    yield from _changed()
    yield from _costs()
    yield from _values()
    yield from _spellings()
    yield from _formats()


def case(comment: str, text: str | Body, secret: Body | str, expect: str, **more: Any) -> Case:
    """The content of a file."""
    keyring = text if isinstance(text, str) else canonical(text).decode()
    secret = SECRETS[secret] if isinstance(secret, str) else secret
    return {"comment": comment, "secret": secret, "keyring": keyring, "expect": expect, **more}


def opened(comment: str, body: Body, secret: Body | str, by: int = 0, **more: Any) -> Case:
    """A keyring that the slot at position ``by`` opens."""
    slots = [
        (s.get("id", f"{position:016x}"), s["kind"], s.get("created", "")) for position, s in enumerate(body["slots"])
    ]
    found = {"master": MASTER.hex(), "vault": VAULT.hex(), "generation": body.get("generation", 0)}
    return case(comment, body, secret, "ok", **found, slots=slots, opened=slots[by][0], **more)


def _that_open() -> Iterator[tuple[str, Case]]:
    passphrase = slot("passphrase")
    phrase = {"phrase": Mnemonic("english").to_mnemonic(KEYS["recovery"])}
    yield "ok-passphrase", opened("Argon2id at the least costs.", ring(passphrase), "passphrase")
    typed = {"passphrase": PASSPHRASE.replace("é", "e\u0301")}
    yield "ok-passphrase-decomposed", opened("Typed in NFD; the keyring is of its NFC.", ring(passphrase), typed)
    dear = slot("passphrase", "dear", costs=(65552, 4, 5))
    yield "ok-passphrase-other-costs", opened("Costs are read from the slot.", ring(dear), "passphrase")
    yield "ok-recovery", opened("A recovery key.", GOOD, "recovery")
    yield "ok-recovery-phrase", opened("The recovery key as 24 words.", GOOD, phrase)
    for number, pair in enumerate(((0, 1), (0, 2), (1, 2)), 1):
        two = [SHARES[i] for i in pair]
        if combine_mnemonics(two) != KEYS["recovery"]:
            raise ValueError("these are not the shares of this key")
        yield (
            f"ok-recovery-shares-{number}",
            opened("The recovery key from two of three shares.", GOOD, {"shares": two}),
        )
    yield "ok-device", opened("A device key.", ring(DEVICE), "device")
    three = ring(passphrase, RECOVERY, DEVICE)
    for position, kind in enumerate(("passphrase", "recovery", "device")):
        yield f"ok-three-slots-{kind}", opened("A slot of each kind.", three, kind, position)
    changing = ring(slot("passphrase", "before", "the one before"), passphrase)
    yield "ok-two-passphrases", opened("As while a passphrase is changed; the second opens.", changing, "passphrase", 1)
    eight = [slot("recovery", f"of {n}", noise(f"other key {n}", 32)) for n in range(7)]
    yield "ok-eight-slots", opened("As many as there may be.", ring(*eight, RECOVERY), "recovery", 7)
    yield (
        "ok-unknown-kind",
        opened("A slot of a later kind is skipped and kept.", ring(FUTURE, RECOVERY), "recovery", 1),
    )
    noted = ring({**RECOVERY, "note": "in the safe ☂"}, colour=["blue", {"b": None, "a": True}])
    yield "ok-unknown-fields", opened("Unknown fields, under the MAC and kept.", noted, "recovery")
    for generation in (0, 2**53):
        yield f"ok-generation-{generation}", opened("A generation.", ring(RECOVERY, generation=generation), "recovery")
    # 65,536 bytes with the newline.
    full = ring(RECOVERY, fill="")
    length = 65536 - len(canonical(full))
    full = ring(RECOVERY, fill="a" * length)
    yield "ok-as-large-as-it-may-be", _filled(opened("64 KiB.", full, "recovery"), "a", length)
    yield "ok-format-1", opened("Format 1: generation 0, ids by position.", old(passphrase), "passphrase")
    before = old(slot("passphrase", "before", "the one before"), passphrase, colour="blue")
    yield "ok-format-1-two-slots", opened("Format 1 with two slots and an unknown field.", before, "passphrase", 1)


def _wrong_secrets() -> Iterator[tuple[str, Case]]:
    wrong, key = {"passphrase": "another lantern"}, {"key": noise("another key", 32).hex()}
    yield "wrong-passphrase", case("Not this passphrase.", ring(slot("passphrase")), wrong, "WrongPassphrase")
    yield "wrong-passphrase-format-1", case("Not this passphrase.", old(slot("passphrase")), wrong, "WrongPassphrase")
    yield "wrong-key", case("Not this key.", ring(RECOVERY, DEVICE), key, "WrongPassphrase")
    yield "wrong-kind-key", case("No slot for a key.", ring(slot("passphrase")), "recovery", "WrongPassphrase")
    yield "wrong-kind-passphrase", case("No slot for a passphrase.", GOOD, "passphrase", "WrongPassphrase")
    renamed = ring({**RECOVERY, "kind": "device"})
    yield "wrong-kind-renamed", case("A recovery slot called device.", renamed, "recovery", "WrongPassphrase")
    future = ring({**RECOVERY, "kind": "Recovery"})
    yield "wrong-kind-unknown", case("Only a slot of unknown kind.", future, "recovery", "WrongPassphrase")
    words = Mnemonic("english").to_mnemonic(noise("another key", 32))
    yield "wrong-phrase", case("The words of another key.", GOOD, {"phrase": words}, "WrongPassphrase")


def _changed() -> Iterator[tuple[str, Case]]:
    """One value is not what was written, and whoever changed it could not make the MAC again."""
    for name in ("salt", "nonce", "wrapped"):
        for kind in ("passphrase", "recovery"):
            changed = {**ring(slot(kind)), "slots": [{**slot(kind), name: _flipped(slot(kind)[name])}]}
            yield f"changed-{name}-{kind}", case(f"A bit of the {name}.", changed, kind, "WrongPassphrase")
    elsewhere = {**GOOD, "vault": _flipped(VAULT.hex())}
    yield "changed-vault", case("The vault id is in the associated data.", elsewhere, "recovery", "WrongPassphrase")
    three = ring(slot("passphrase"), RECOVERY, FUTURE)
    slots = three["slots"]
    bodies: dict[str, Body] = {
        "mac": {**GOOD, "mac": _flipped(GOOD["mac"])},
        "mac-of-another-generation": {**GOOD, "mac": ring(RECOVERY, generation=2)["mac"]},
        "mac-under-another-key": {**GOOD, "mac": mac(GOOD, noise("another master", 32))},
        "generation": {**GOOD, "generation": 2},
        "slot-id": {**GOOD, "slots": [{**RECOVERY, "id": _flipped(RECOVERY["id"])}]},
        "slot-created": {**GOOD, "slots": [{**RECOVERY, "created": "2025-01-18"}]},
        "slot-gone": {**three, "slots": slots[1:]},
        "slot-added": {**GOOD, "slots": [RECOVERY, DEVICE]},
        "slot-doubled": {**GOOD, "slots": [RECOVERY, RECOVERY]},
        "slots-swapped": {**three, "slots": [slots[1], slots[0], slots[2]]},
        "slot-unknown": {**three, "slots": [*slots[:2], {**FUTURE, "reader": None}]},
        "slot-costs": {**three, "slots": [{**slots[0], "kdf": {**COSTS, "iterations": 4}}, *slots[1:]]},
        "field-added": {**GOOD, "colour": "blue"},
        "field-gone": {k: v for k, v in ring(RECOVERY, colour="blue").items() if k != "colour"},
        "format-to-1": {k: v for k, v in {**GOOD, "format": 1}.items() if k != "generation"},
        "format-to-2": {**old(RECOVERY), "format": 2, "generation": 0, "slots": [RECOVERY]},
    }
    for name, body in bodies.items():
        yield f"changed-{name}", case("The MAC does not match.", body, "recovery", "VaultDamaged")


def _costs() -> Iterator[tuple[str, Case]]:
    """The costs are out of bounds and everything else is right, where it can be computed at all."""
    low = {"memory": (65535, 3, 4), "iterations": (65536, 2, 4), "lanes": (65536, 3, 3)}
    high = {"iterations": (65536, 17, 4), "lanes": (65536, 3, 17)}
    for bound, costs in (*((f"low-{k}", v) for k, v in low.items()), *((f"high-{k}", v) for k, v in high.items())):
        body = ring(slot("passphrase", bound, costs=costs))
        yield f"costs-{bound}", case("Outside the bounds of the page.", body, "passphrase", "VaultDamaged")
    good = slot("passphrase")
    kdfs: dict[str, Any] = {
        "high-memory": {**COSTS, "memory_kib": 1048577},
        "bomb": {**COSTS, "memory_kib": 2**40, "iterations": 2**40},
        "negative": {**COSTS, "memory_kib": -65536},
        "float": {**COSTS, "memory_kib": 65536.0},
        "true": {**COSTS, "lanes": True},
        "string": {**COSTS, "iterations": "3"},
        "without-lanes": {k: v for k, v in COSTS.items() if k != "lanes"},
        "other-name": {**COSTS, "name": "argon2i"},
        "null": None,
    }
    for name, kdf in kdfs.items():
        body = ring({**good, "kdf": kdf})
        yield f"costs-{name}", case("Not costs of the page.", body, "passphrase", "VaultDamaged")
    bare = {name: value for name, value in good.items() if name != "kdf"}
    yield "costs-missing", case("No costs.", ring(bare), "passphrase", "VaultDamaged")
    beside = ring({**good, "kdf": kdfs["high-memory"]}, RECOVERY)
    yield "costs-of-another-slot", case("Refused even when another slot opens.", beside, "recovery", "VaultDamaged")


def _values() -> Iterator[tuple[str, Case]]:
    """A value is not as the page says, under a MAC that matches."""
    bad_slots: dict[str, Body] = {
        "salt-short": slot("recovery", salt=15),
        "salt-long": slot("recovery", salt=17),
        "nonce-short": slot("recovery", nonce=11),
        "nonce-long": slot("recovery", nonce=13),
        "wrapped-short": {**RECOVERY, "wrapped": RECOVERY["wrapped"][:-2]},
        "wrapped-long": {**RECOVERY, "wrapped": RECOVERY["wrapped"] + "00"},
        "wrapped-upper-case": {**RECOVERY, "wrapped": RECOVERY["wrapped"].upper()},
        "salt-space": {**RECOVERY, "salt": RECOVERY["salt"][:-2] + "  "},
        "salt-number": {**RECOVERY, "salt": 7},
        "id-short": {**RECOVERY, "id": RECOVERY["id"][:-2]},
        "id-upper-case": {**RECOVERY, "id": "ABCDEF0123456789"},
        "created-number": {**RECOVERY, "created": 20250117},
        "created-words": {**RECOVERY, "created": "yesterday"},
        "kind-number": {**RECOVERY, "kind": 2},
        **{
            f"{gone}-missing": {k: v for k, v in RECOVERY.items() if k != gone}
            for gone in ("id", "kind", "created", "salt", "nonce", "wrapped")
        },
    }
    for name, bad in bad_slots.items():
        yield f"value-{name}", case("A slot that no writer writes.", ring(bad), "recovery", "VaultDamaged")
    generations = {"negative": -1, "float": 3.0, "true": True, "string": "3", "null": None}
    for name, value in generations.items():
        body = ring(RECOVERY, generation=value)
        yield f"value-generation-{name}", case("Not a generation.", body, "recovery", "VaultDamaged")
    bodies: dict[str, Body] = {
        "generation-missing": signed({k: v for k, v in GOOD.items() if k != "generation"}, MASTER),
        "vault-short": signed({**GOOD, "vault": VAULT.hex()[:-2]}, MASTER),
        "vault-upper-case": signed({**GOOD, "vault": VAULT.hex().upper()}, MASTER),
        "vault-missing": signed({k: v for k, v in GOOD.items() if k != "vault"}, MASTER),
        "mac-missing": {k: v for k, v in GOOD.items() if k != "mac"},
        "mac-short": {**GOOD, "mac": GOOD["mac"][:-2]},
        "mac-upper-case": {**GOOD, "mac": GOOD["mac"].upper()},
        "no-slots": ring(),
        "nine-slots": ring(*[slot("recovery", f"of {n}", noise(f"other key {n}", 32)) for n in range(8)], RECOVERY),
        "slots-object": signed({**GOOD, "slots": {"0": RECOVERY}}, MASTER),
        "slots-missing": signed({k: v for k, v in GOOD.items() if k != "slots"}, MASTER),
        "slot-list": signed({**GOOD, "slots": [RECOVERY, []]}, MASTER),
    }
    for name, body in bodies.items():
        yield f"value-{name}", case("A keyring that no writer writes.", body, "recovery", "VaultDamaged")


def _spellings() -> Iterator[tuple[str, Case]]:
    """The values are right and the MAC matches, but the text is not the canonical one."""
    umbrella = ring({**RECOVERY, "note": "é ☂"})
    good, noted = canonical(GOOD).decode(), canonical(umbrella).decode()
    texts = {
        "space": good.replace('"format":2', '"format": 2'),
        "key-order": json.dumps(dict(sorted(GOOD.items(), reverse=True)), separators=(",", ":")) + "\n",
        "key-order-slot": good.replace(
            canonical(RECOVERY).decode().strip(), json.dumps(RECOVERY, separators=(",", ":"))
        ),
        "no-newline": good.strip(),
        "two-newlines": good + "\n",
        "crlf": good.strip() + "\r\n",
        "byte-order-mark": "\ufeff" + good,
        "indented": json.dumps(GOOD, indent=1, sort_keys=True) + "\n",
        "duplicate-key": good.replace('"format":2', '"format":2,"format":2'),
        "escaped-letter": good.replace('"recovery"', '"r\\u0065covery"'),
        "escaped-slash": canonical(ring(RECOVERY, path="a/b")).decode().replace("a/b", "a\\/b"),
        "upper-case-escape": noted.replace("\\u00e9", "\\u00E9"),
        "not-ascii": noted.replace("\\u00e9", "é"),
        "generation-exponent": good.replace('"generation":3', '"generation":3e0'),
        "generation-minus-zero": canonical(ring(RECOVERY, generation=0)).decode().replace('tion":0', 'tion":-0'),
        "upper-case-true": canonical(ring(RECOVERY, flag=True)).decode().replace("true", "True"),
        "comment": good.strip() + "//\n",
        "text-after": good.strip() + "{}\n",
        "cut": good[:-40],
        "empty": "",
        "null": "null\n",
        "list": "[]\n",
        "words": "not a keyring\n",
    }
    for name, text in texts.items():
        if text == good:
            raise ValueError(name)
        yield f"spelling-{name}", case("Another spelling.", text, "recovery", "VaultDamaged")
    numbers = {"not-a-number": float("nan"), "infinity": float("inf")}
    for name, value in numbers.items():
        body = ring(RECOVERY, note=value)
        yield f"spelling-{name}", case("No JSON has this value.", body, "recovery", "VaultDamaged")
    long = 65537 - len(canonical(ring(RECOVERY, fill="")))
    large = case("A byte more than 64 KiB.", ring(RECOVERY, fill="a" * long), "recovery", "VaultDamaged")
    yield "spelling-too-large", _filled(large, "a", long)
    deep = case("Nested deeper than any reader can follow.", "[" * 60000 + "\n", "recovery", "VaultDamaged")
    yield "spelling-deep", _filled(deep, "[", 60000)
    digits = case("A number of 5000 digits.", ring(RECOVERY, generation="@"), "recovery", "VaultDamaged")
    digits["keyring"] = digits["keyring"].replace('"@"', "9" * 5000)
    yield "spelling-long-number", _filled(digits, "9", 5000)


def _formats() -> Iterator[tuple[str, Case]]:
    higher = signed({**GOOD, "format": 3}, MASTER)
    yield "format-3", case("A later format: a newer program is needed.", higher, "recovery", "VaultError")
    yield "format-3-of-another-shape", case("Nothing else of it is known.", {"format": 3}, "recovery", "VaultError")
    values = {"0": 0, "negative": -1, "true": True, "float": 2.0, "string": "2", "null": None, "list": [2]}
    for name, value in values.items():
        body = signed({**GOOD, "format": value}, MASTER)
        yield f"format-{name}", case("Not a number of a format.", body, "recovery", "VaultDamaged")
    bare = signed({k: v for k, v in GOOD.items() if k != "format"}, MASTER)
    yield "format-missing", case("No format.", bare, "recovery", "VaultDamaged")


def _flipped(digits: str) -> str:
    data = bytearray.fromhex(digits)
    data[len(data) // 2] ^= 1
    return data.hex()


def _filled(made: Case, character: str, length: int) -> Case:
    """The long run in the text written short: FILL stands for ``length`` times ``character``."""
    if made["keyring"].count(character * length) != 1:
        raise ValueError("the run is not there once")
    return {**made, "keyring": made["keyring"].replace(character * length, FILL), "fill": [character, length]}
