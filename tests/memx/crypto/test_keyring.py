import hashlib
import hmac
import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from memx.crypto.kdf import KdfParams, Purpose
from memx.crypto.keyring import Keyring, Keys, Slot, key_slot, passphrase_slot, render, unlock
from memx.errors import UsageError, VaultDamaged, VaultError, WrongPassphrase

PASSPHRASE = "four words make one"
RECOVERY, DEVICE = bytes(range(32)), bytes(range(1, 33))
KEYS = Keys(bytes(range(16)), bytes(range(100, 132)))
Path = tuple[str | int, ...]


@pytest.fixture(scope="module")
def ring() -> Keyring:
    slots = (
        passphrase_slot(KEYS, PASSPHRASE, KdfParams()),
        key_slot(KEYS, "recovery", RECOVERY),
        key_slot(KEYS, "device", DEVICE),
    )
    return Keyring(KEYS.vault_id, 7, slots)


@pytest.fixture(scope="module")
def text(ring: Keyring) -> bytes:
    return render(ring, KEYS)


@pytest.fixture(scope="module")
def old(ring: Keyring) -> bytes:
    """The same vault's keyring as format 1 had it."""
    return maced({"format": 1, "vault": KEYS.vault_id.hex(), "slots": [dict(ring.slots[0].body, kind="passphrase")]})


def canonical(body: object) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def maced(body: dict[str, Any]) -> bytes:
    """The file with these fields, as its owner's program of any version would write it."""
    mac_key = HKDF(SHA256(), 32, None, b"memx/v1/keyring-mac").derive(KEYS.master)
    return canonical({**body, "mac": hmac.new(mac_key, canonical(body), hashlib.sha256).hexdigest()})


def edited(text: bytes, *path: str | int, to: object) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(text)
    del body["mac"]
    place: Any = body
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return body


def without(text: bytes, *path: str | int) -> bytes:
    body = edited(text, *path, to=None)
    place: Any = body
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return maced(body)


def wrong(text: bytes) -> str:
    with pytest.raises(WrongPassphrase) as caught:
        unlock(text, PASSPHRASE)
    return str(caught.value)


@pytest.mark.parametrize(("secret", "number"), [(PASSPHRASE, 0), (RECOVERY, 1), (DEVICE, 2)])
def test_each_secret_opens_its_slot(ring: Keyring, text: bytes, secret: str | bytes, number: int) -> None:
    assert unlock(text, secret) == (ring, KEYS, ring.slots[number])


def test_several_secrets_are_tried_in_order(ring: Keyring, text: bytes) -> None:
    assert unlock(text, bytes(32), "five words make no one", DEVICE, RECOVERY)[2] == ring.slots[2]
    assert unlock(text, RECOVERY, DEVICE)[2] == ring.slots[1]


@pytest.mark.parametrize("secret", ["five words make no one", bytes(32), RECOVERY.hex(), PASSPHRASE.encode(), "", b""])
def test_anything_else_opens_nothing(text: bytes, secret: str | bytes) -> None:
    with pytest.raises(WrongPassphrase, match="does not open"):
        unlock(text, secret)


def test_no_secret_opens_nothing(text: bytes) -> None:
    with pytest.raises(WrongPassphrase):
        unlock(text)


def test_the_passphrase_slot_follows_its_description(text: bytes) -> None:
    body = json.loads(text)
    slot = body["slots"][0]
    assert slot["kdf"] == {"name": "argon2id", "memory_kib": 65536, "iterations": 3, "lanes": 4}
    kdf = Argon2id(salt=bytes.fromhex(slot["salt"]), length=32, iterations=3, lanes=4, memory_cost=65536)
    aad = b"memx/v1/keyring\0passphrase\0" + bytes.fromhex(body["vault"])
    kek = AESGCM(kdf.derive(PASSPHRASE.encode()))
    assert kek.decrypt(bytes.fromhex(slot["nonce"]), bytes.fromhex(slot["wrapped"]), aad) == KEYS.master


@pytest.mark.parametrize(("number", "kind", "key"), [(1, b"recovery", RECOVERY), (2, b"device", DEVICE)])
def test_the_slots_of_keys_follow_their_description(text: bytes, number: int, kind: bytes, key: bytes) -> None:
    slot = json.loads(text)["slots"][number]
    kek = AESGCM(HKDF(SHA256(), 32, bytes.fromhex(slot["salt"]), b"memx/v1/" + kind).derive(key))
    aad = b"memx/v1/keyring\0" + kind + b"\0" + KEYS.vault_id
    assert kek.decrypt(bytes.fromhex(slot["nonce"]), bytes.fromhex(slot["wrapped"]), aad) == KEYS.master
    assert set(slot) == {"id", "kind", "created", "salt", "nonce", "wrapped"}


def test_the_file_follows_its_description(ring: Keyring, text: bytes) -> None:
    body = json.loads(text)
    assert (body["format"], body["vault"], body["generation"]) == (2, KEYS.vault_id.hex(), 7)
    for slot, shown in zip(body["slots"], ring.slots, strict=True):
        assert (slot["id"], slot["kind"], slot["created"]) == (shown.id, shown.kind, shown.created)
        assert len(bytes.fromhex(slot["id"])) == 8
        assert abs((date.today() - date.fromisoformat(slot["created"])).days) <= 1
    mac = body.pop("mac")
    assert maced(body) == text
    assert len(bytes.fromhex(mac)) == 32


def test_nothing_secret_shows(ring: Keyring, text: bytes) -> None:
    shown = repr(KEYS) + repr(ring)
    assert repr(KEYS.master) not in shown
    assert ring.slots[0].body["wrapped"] not in shown
    for secret in (KEYS.master, RECOVERY, DEVICE, PASSPHRASE.encode()):
        assert secret not in text
        assert secret.hex().encode() not in text


def test_new_keys_share_nothing_with_others() -> None:
    keys = Keys.new()
    renewed = keys.renewed()
    assert len({keys.vault_id, Keys.new().vault_id, keys.master, renewed.master, Keys.new().master}) == 5
    assert renewed.vault_id == keys.vault_id
    assert len({keys.master, *(keys.key(purpose) for purpose in Purpose)}) == len(Purpose) + 1


def test_two_slots_of_the_same_key_share_nothing(ring: Keyring) -> None:
    again = key_slot(KEYS, "device", DEVICE)
    for name in ("salt", "nonce", "wrapped"):
        assert again.body[name] != ring.slots[2].body[name]
    assert again.id != ring.slots[2].id


@pytest.mark.parametrize("blank", ["", " ", "\t\n"])
def test_a_blank_passphrase_is_refused(blank: str) -> None:
    with pytest.raises(UsageError, match="empty"):
        passphrase_slot(KEYS, blank, KdfParams())


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33)])
def test_a_key_of_another_size_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        key_slot(KEYS, "recovery", key)


def test_wrong_passphrase_and_changed_slot_read_the_same(ring: Keyring, text: bytes) -> None:
    with pytest.raises(WrongPassphrase) as caught:
        unlock(text, "five words make no one")
    messages = {str(caught.value)}
    for name in ("salt", "nonce", "wrapped"):
        before = ring.slots[0].body[name]
        flipped = ("1" if before[0] == "0" else "0") + before[1:]
        messages.add(wrong(canonical({**edited(text, "slots", 0, name, to=flipped), "mac": "0" * 64})))
    assert len(messages) == 1


def test_every_byte_with_its_high_bit_flipped_is_noticed(text: bytes) -> None:
    for at in range(len(text)):
        with pytest.raises(VaultDamaged):
            unlock(text[:at] + bytes([text[at] ^ 0x80]) + text[at + 1 :], RECOVERY)


def test_each_low_bit_flipped_is_noticed(text: bytes) -> None:
    for at in range(len(text)):
        for bit in (0x01, 0x20):
            with pytest.raises((WrongPassphrase, VaultDamaged, VaultError)):
                unlock(text[:at] + bytes([text[at] ^ bit]) + text[at + 1 :], RECOVERY)


def test_a_slot_of_another_vault_or_kind_does_not_open(ring: Keyring) -> None:
    other = Keys(bytes(16), KEYS.master)
    with pytest.raises(WrongPassphrase):
        unlock(render(replace(ring, vault_id=other.vault_id), other), RECOVERY)
    swapped = replace(ring, slots=(replace(ring.slots[1], kind="device"),))
    with pytest.raises(WrongPassphrase):
        unlock(render(swapped, KEYS), RECOVERY)


def test_a_cut_or_lengthened_file_is_noticed(text: bytes) -> None:
    for changed in (b"", text[:-1], text[: len(text) // 2], text + b"\n", text + text, b" " + text):
        with pytest.raises(VaultDamaged):
            unlock(changed, RECOVERY)


def test_the_same_json_in_another_dress_is_refused(text: bytes) -> None:
    with pytest.raises(VaultDamaged):
        unlock(json.dumps(json.loads(text), indent=1).encode(), RECOVERY)
    with pytest.raises(VaultDamaged):
        unlock(text.replace(b'{"format":2', b'{"format":2,"format":2'), RECOVERY)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("slots",), []),
        (("slots",), {}),
        (("slots",), [1]),
        (("slots", 0, "kdf"), "argon2id"),
        (("slots", 0, "kdf", "name"), "scrypt"),
        (("slots", 0, "kdf", "memory_kib"), 1024),
        (("slots", 0, "kdf", "memory_kib"), 2**40),
        (("slots", 0, "kdf", "iterations"), 1),
        (("slots", 0, "kdf", "iterations"), 10**9),
        (("slots", 0, "kdf", "lanes"), True),
        (("slots", 0, "kdf", "lanes"), "4"),
        (("slots", 0, "salt"), "00"),
        (("slots", 1, "nonce"), 7),
        (("slots", 1, "wrapped"), "00" * 32),
        (("slots", 2, "wrapped"), "AA" * 48),
        (("slots", 2, "id"), "00"),
        (("slots", 2, "id"), None),
        (("slots", 2, "kind"), 3),
        (("slots", 2, "created"), 20250102),
        (("slots", 2, "created"), "yesterday"),
        (("vault",), "00"),
        (("generation",), -1),
        (("generation",), 2**63),
        (("generation",), True),
        (("generation",), 1.0),
        (("generation",), None),
        (("format",), 0),
        (("format",), True),
        (("format",), "2"),
    ],
)
def test_a_field_that_cannot_be_is_damage_even_under_a_right_mac(text: bytes, path: Path, value: object) -> None:
    with pytest.raises(VaultDamaged):
        unlock(maced(edited(text, *path, to=value)), RECOVERY)


@pytest.mark.parametrize(
    "path", [("slots",), ("vault",), ("generation",), ("format",), ("slots", 0, "kdf"), ("slots", 1, "salt")]
)
def test_a_field_that_is_missing_is_damage(text: bytes, path: Path) -> None:
    with pytest.raises(VaultDamaged):
        unlock(without(text, *path), RECOVERY)


@pytest.mark.parametrize("mac", ["A" * 64, "0" * 64, "0" * 62, 0, None])
def test_a_wrong_mac_is_damage(text: bytes, mac: object) -> None:
    with pytest.raises(VaultDamaged):
        unlock(canonical({**json.loads(text), "mac": mac}), RECOVERY)


@pytest.mark.parametrize(
    ("path", "value"), [(("generation",), 8), (("extra",), 1), (("slots", 0, "created"), "2020-01-01")]
)
def test_a_changed_field_is_damage(text: bytes, path: Path, value: object) -> None:
    with pytest.raises(VaultDamaged):
        unlock(canonical({**edited(text, *path, to=value), "mac": json.loads(text)["mac"]}), RECOVERY)


@pytest.mark.parametrize("text", [b"[]\n", b"1\n", b"\xff\n", b"[" * 5000, b'"' + b"a" * 70_000 + b'"\n'])
def test_a_file_that_is_no_keyring_is_damage(text: bytes) -> None:
    with pytest.raises(VaultDamaged):
        unlock(text, PASSPHRASE)


def test_a_later_format_is_refused_with_what_to_do(text: bytes) -> None:
    with pytest.raises(VaultError, match="install a newer MemX") as refused:
        unlock(maced(edited(text, "format", to=3)), RECOVERY)
    assert type(refused.value) is VaultError


def test_fields_and_slots_of_later_versions_are_skipped_and_kept(ring: Keyring, text: bytes) -> None:
    body = json.loads(text)
    del body["mac"]
    token = {"id": "00" * 8, "kind": "token", "created": "2031-05-06", "salt": 5, "more": {"a": [1, None, "ü"]}}
    body["slots"] = [token, {**body["slots"][1], "note": "in the safe"}]
    body["purpose"] = {"of": "later"}
    later = maced(body)
    read, keys, slot = unlock(later, RECOVERY)
    assert (keys, slot.kind, [s.kind for s in read.slots]) == (KEYS, "recovery", ["token", "recovery"])
    assert render(read, keys) == later
    assert [s["kind"] for s in json.loads(render(replace(read, generation=9), keys))["slots"]] == ["token", "recovery"]


def test_slots_can_be_put_and_taken(ring: Keyring) -> None:
    new = key_slot(KEYS, "recovery", bytes(32))
    changed = replace(ring, slots=(new, *(slot for slot in ring.slots if slot.kind != "recovery")), generation=8)
    text = render(changed, KEYS)
    assert unlock(text, bytes(32))[2] == new
    assert unlock(text, DEVICE)[0] == changed
    with pytest.raises(WrongPassphrase):
        unlock(text, RECOVERY)


def test_any_of_several_slots_of_a_kind_opens(ring: Keyring) -> None:
    other = key_slot(KEYS, "recovery", bytes(32))
    text = render(replace(ring, slots=(other, *ring.slots)), KEYS)
    assert unlock(text, RECOVERY)[2] == ring.slots[1]
    assert unlock(text, bytes(32))[2] == other


@pytest.mark.parametrize("number", [0, 9])
def test_no_slot_and_more_than_eight_are_refused(ring: Keyring, number: int) -> None:
    slots = tuple(Slot(f"{n:016x}", "token", "", {}) for n in range(number))
    with pytest.raises(UsageError, match="1 to 8 keys"):
        render(replace(ring, slots=slots), KEYS)
    with pytest.raises(VaultDamaged):
        unlock(maced({"format": 2, "vault": "00" * 16, "generation": 0, "slots": [{}] * number}), RECOVERY)


def test_eight_slots_are_as_many_as_can_be(ring: Keyring) -> None:
    slots = tuple(Slot(f"{n:016x}", "token", "", {}) for n in range(7))
    full = replace(ring, slots=(*slots, ring.slots[1]))
    assert unlock(render(full, KEYS), RECOVERY)[0] == full


@pytest.mark.parametrize("generation", [-1, 2**63])
def test_a_generation_out_of_bounds_is_not_written(ring: Keyring, generation: int) -> None:
    with pytest.raises(ValueError, match="generation"):
        render(replace(ring, generation=generation), KEYS)


def test_the_highest_generation_is_read_again(ring: Keyring) -> None:
    assert unlock(render(replace(ring, generation=2**63 - 1), KEYS), DEVICE)[0].generation == 2**63 - 1


def test_format_1_is_read_and_written_as_format_2(ring: Keyring, old: bytes) -> None:
    read, keys, slot = unlock(old, PASSPHRASE)
    assert (read.format, read.generation, read.extra, keys) == (1, 0, {}, KEYS)
    assert slot == Slot("0" * 16, "passphrase", "", ring.slots[0].body)
    again, keys, slot = unlock(render(read, keys), PASSPHRASE)
    assert (again, keys) == (replace(read, format=2), KEYS)


def test_the_slots_of_format_1_are_numbered_and_a_changed_one_is_noticed(ring: Keyring, old: bytes) -> None:
    slot = json.loads(old)["slots"][0]
    body = {**json.loads(old), "slots": [{**slot, "nonce": "00" * 12}, slot], "generation": "not yet a field"}
    del body["mac"]
    read, _, opened = unlock(maced(body), PASSPHRASE)
    assert [s.id for s in read.slots] == ["0" * 16, "0" * 15 + "1"]
    assert (opened.id, read.generation) == ("0" * 15 + "1", 0)
    with pytest.raises(VaultDamaged):
        unlock(canonical({**body, "mac": "0" * 64}), PASSPHRASE)
