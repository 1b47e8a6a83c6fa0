import hashlib
import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from memx.crypto import keyring
from memx.crypto.kdf import KdfParams
from memx.errors import UsageError, VaultDamaged, VaultError, WrongPassphrase

PASSPHRASE = "four words make one"


@pytest.fixture(scope="module")
def made() -> tuple[bytes, keyring.Keys]:
    return keyring.create(PASSPHRASE, KdfParams())


def edited(text: bytes, *path: str | int, to: object) -> bytes:
    body = json.loads(text)
    place = body
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return canonical(body)


def canonical(body: object) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def test_the_passphrase_opens_what_it_made(made: tuple[bytes, keyring.Keys]) -> None:
    text, keys = made
    assert keyring.open_(text, PASSPHRASE) == keys
    assert len(keys.master) == 32
    assert len({keys.master, keys.database(), keys.content_id()}) == 3


def test_the_file_follows_its_description(made: tuple[bytes, keyring.Keys]) -> None:
    text, keys = made
    body = json.loads(text)
    (slot,) = body["slots"]
    assert slot["kdf"] == {"name": "argon2id", "memory_kib": 65536, "iterations": 3, "lanes": 4}
    kdf = Argon2id(salt=bytes.fromhex(slot["salt"]), length=32, iterations=3, lanes=4, memory_cost=65536)
    aad = b"memx/v1/keyring\0passphrase\0" + bytes.fromhex(body["vault"])
    master = AESGCM(kdf.derive(PASSPHRASE.encode())).decrypt(
        bytes.fromhex(slot["nonce"]), bytes.fromhex(slot["wrapped"]), aad
    )
    assert master == keys.master
    mac_key = HKDF(SHA256(), 32, None, b"memx/v1/keyring-mac").derive(master)
    mac = body.pop("mac")
    assert mac == hmac.new(mac_key, canonical(body), hashlib.sha256).hexdigest()


def test_keys_do_not_show_in_their_repr(made: tuple[bytes, keyring.Keys]) -> None:
    text, keys = made
    assert repr(keys.master) not in repr(keys)
    assert keys.master not in text


def test_two_keyrings_share_nothing(made: tuple[bytes, keyring.Keys]) -> None:
    text, keys = keyring.create(PASSPHRASE, KdfParams())
    first, second = json.loads(made[0]), json.loads(text)
    assert keys.master != made[1].master
    assert first["vault"] != second["vault"]
    assert first["slots"][0]["salt"] != second["slots"][0]["salt"]


@pytest.mark.parametrize("blank", ["", " ", "\t\n"])
def test_a_blank_passphrase_is_refused(blank: str) -> None:
    with pytest.raises(UsageError, match="empty"):
        keyring.create(blank, KdfParams())


def test_wrong_passphrase_and_changed_slot_read_the_same(made: tuple[bytes, keyring.Keys]) -> None:
    text, _ = made
    with pytest.raises(WrongPassphrase) as wrong:
        keyring.open_(text, "five words make no one")
    messages = {str(wrong.value)}
    for name in ("salt", "nonce", "wrapped"):
        old = json.loads(text)["slots"][0][name]
        flipped = ("1" if old[0] == "0" else "0") + old[1:]
        with pytest.raises(WrongPassphrase) as tampered:
            keyring.open_(edited(text, "slots", 0, name, to=flipped), PASSPHRASE)
        messages.add(str(tampered.value))
    assert len(messages) == 1


def test_every_byte_with_its_high_bit_flipped_is_noticed(made: tuple[bytes, keyring.Keys]) -> None:
    text, _ = made
    for at in range(len(text)):
        with pytest.raises(VaultDamaged):
            keyring.open_(text[:at] + bytes([text[at] ^ 0x80]) + text[at + 1 :], PASSPHRASE)


def test_low_bits_flipped_all_over_the_file_are_noticed(made: tuple[bytes, keyring.Keys]) -> None:
    text, _ = made
    for at in range(0, len(text), 19):  # most of these cost a key derivation
        for bit in (0x01, 0x20):
            with pytest.raises((WrongPassphrase, VaultDamaged)):
                keyring.open_(text[:at] + bytes([text[at] ^ bit]) + text[at + 1 :], PASSPHRASE)


def test_a_cut_or_lengthened_file_is_noticed(made: tuple[bytes, keyring.Keys]) -> None:
    text, _ = made
    for changed in (b"", text[:-1], text[: len(text) // 2], text + b"\n", text + text, b" " + text):
        with pytest.raises(VaultDamaged):
            keyring.open_(changed, PASSPHRASE)


def test_the_same_json_in_another_dress_is_refused(made: tuple[bytes, keyring.Keys]) -> None:
    text, _ = made
    with pytest.raises(VaultDamaged):
        keyring.open_(json.dumps(json.loads(text), indent=1).encode(), PASSPHRASE)
    with pytest.raises(VaultDamaged):
        keyring.open_(text.replace(b'{"format":1', b'{"format":1,"format":1'), PASSPHRASE)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("slots",), []),
        (("slots",), {}),
        (("slots",), [1]),
        (("slots",), [{"kind": "passphrase"}] * 9),
        (("slots", 0, "kdf"), "argon2id"),
        (("slots", 0, "kdf", "name"), "scrypt"),
        (("slots", 0, "kdf", "memory_kib"), 1024),
        (("slots", 0, "kdf", "memory_kib"), 2**40),
        (("slots", 0, "kdf", "iterations"), 1),
        (("slots", 0, "kdf", "iterations"), 10**9),
        (("slots", 0, "kdf", "lanes"), True),
        (("slots", 0, "kdf", "lanes"), "4"),
        (("slots", 0, "salt"), "00"),
        (("slots", 0, "nonce"), 7),
        (("slots", 0, "wrapped"), "00" * 32),
        (("vault",), "00"),
        (("mac",), "A" * 64),
        (("mac",), "0" * 64),
        (("format",), 0),
        (("format",), True),
        (("format",), "1"),
        (("extra",), "not under the mac"),
    ],
)
def test_a_field_that_cannot_be_is_damage(
    made: tuple[bytes, keyring.Keys], path: tuple[str | int, ...], value: object
) -> None:
    with pytest.raises(VaultDamaged):
        keyring.open_(edited(made[0], *path, to=value), PASSPHRASE)


@pytest.mark.parametrize("text", [b"[]\n", b"1\n", b"\xff\n", b"[" * 5000, b'"' + b"a" * 70_000 + b'"\n'])
def test_a_file_that_is_no_keyring_is_damage(text: bytes) -> None:
    with pytest.raises(VaultDamaged):
        keyring.open_(text, PASSPHRASE)


def test_a_later_format_is_refused_with_what_to_do(made: tuple[bytes, keyring.Keys]) -> None:
    with pytest.raises(VaultError, match="install a newer MemX") as refused:
        keyring.open_(edited(made[0], "format", to=2), PASSPHRASE)
    assert type(refused.value) is VaultError


def resealed(text: bytes, keys: keyring.Keys, change: dict[str, Any]) -> bytes:
    """The keyring ``text`` with ``change``, MACed as its owner's later version would."""
    body = {**json.loads(text), **change}
    del body["mac"]
    mac_key = HKDF(SHA256(), 32, None, b"memx/v1/keyring-mac").derive(keys.master)
    return canonical({**body, "mac": hmac.new(mac_key, canonical(body), hashlib.sha256).hexdigest()})


def test_fields_and_slots_of_later_versions_are_skipped(made: tuple[bytes, keyring.Keys]) -> None:
    text, keys = made
    slots = [{"kind": "recovery", "wrapped": "00"}, *json.loads(text)["slots"]]
    assert keyring.open_(resealed(text, keys, {"generation": 7, "slots": slots}), PASSPHRASE) == keys


def test_without_a_slot_for_a_passphrase_none_opens(made: tuple[bytes, keyring.Keys]) -> None:
    text, keys = made
    with pytest.raises(WrongPassphrase):
        keyring.open_(resealed(text, keys, {"slots": [{"kind": "recovery"}]}), PASSPHRASE)


def test_any_of_several_passphrase_slots_opens(made: tuple[bytes, keyring.Keys]) -> None:
    text, keys = made
    (slot,) = json.loads(text)["slots"]
    other = {**slot, "nonce": "00" * 12}
    assert keyring.open_(resealed(text, keys, {"slots": [other, slot]}), PASSPHRASE) == keys
