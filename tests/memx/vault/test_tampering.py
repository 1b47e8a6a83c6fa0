"""Whoever can write to the folder changes, cuts, swaps and puts back: each time it is noticed, or changes nothing."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memx.crypto import keyring
from memx.errors import MemxError, RolledBack, UnsafeVault, VaultDamaged, VaultError, WrongPassphrase
from memx.vault import EmbedderId, Entry, KdfParams, Vault

MakeEntry = Callable[..., Entry]

KEY = bytes(range(32))
SMALL, LARGE = b"a small original of one chunk", bytes(range(256)) * 600
SEALED_CHUNK = 65552


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, passphrase: str, embedder: EmbedderId) -> Path:
    """A vault with a slot of each kind; a key opens it, which is fast."""
    home = tmp_path_factory.mktemp("filled") / "vault"
    with Vault.create(home, passphrase, KdfParams()) as vault:
        vault.set_embedder(embedder)
        vault.set_key("recovery", KEY)
        vault.set_key("device", KEY[::-1])
    return home


@pytest.fixture
def full(filled: Path, tmp_path: Path, make_entry: MakeEntry) -> Path:
    home = shutil.copytree(filled, tmp_path / "full")
    with Vault.open(home, KEY) as vault:
        vault.add([make_entry(vault, "a line", data=SMALL), make_entry(vault, "another line", data=LARGE)])
        vault.add([make_entry(vault, *(f"line {n} of a long letter" * 20 for n in range(40)))])
        vault.save_question("What is a line?", {"answer": "a line"})
        vault.save_snapshot([b"an index"], vault.sequence, vault.last_chunk)
    return home


@pytest.fixture
def other(tmp_path: Path, passphrase: str, embedder: EmbedderId) -> Path:
    """Another vault, which the same secrets open."""
    with Vault.create(tmp_path / "other", passphrase, KdfParams()) as vault:
        vault.set_embedder(embedder)
        vault.set_key("recovery", KEY)
    return tmp_path / "other"


def content(vault: Vault) -> list[object]:
    """Everything that is in a vault."""
    records, snapshot = vault.documents(), vault.snapshot()
    return [
        [(r, vault.original(r.id), vault.units(r.id), vault.facts_of(r.id), vault.chunks_of(r.id)) for r in records],
        [part.tobytes() for part in vault.vectors()],
        vault.keyword_search(["line", "letter"], 99),
        vault.questions(),
        None if snapshot is None else b"".join(snapshot.pieces),
        vault.slots(),
    ]


def blob_of(home: Path, original: bytes) -> Path:
    """The file of an original, which its size tells."""
    size = len(original) + 16 * max(1, -(-len(original) // 65536))
    (found,) = (path for path in home.glob("blobs/*/*") if path.stat().st_size == size)
    return found


def flips(data: bytes, masks: tuple[int, ...] = tuple(1 << bit for bit in range(8))) -> Iterator[bytes]:
    """``data`` with one byte changed, for each byte and mask."""
    for place in range(len(data)):
        for mask in masks:
            changed = bytearray(data)
            changed[place] ^= mask
            yield bytes(changed)


def test_every_bit_of_the_keyring(full: Path, passphrase: str) -> None:
    good = (full / "keyring.json").read_bytes()
    found = {WrongPassphrase: 0, VaultDamaged: 0, VaultError: 0}
    misses = 0
    for changed in flips(good):
        try:
            keyring.unlock(changed, KEY)
            misses += 1
        except MemxError as error:
            found[type(error)] += 1
    assert sum(found.values()) == 8 * len(good) > 7000
    assert misses == 0
    assert found[VaultError] <= 8  # the digit of the format
    assert 300 < found[WrongPassphrase] < 3000  # in the vault id and the slot
    assert keyring.unlock(good, KEY)


def test_bytes_of_the_keyring_with_the_passphrase_and_through_the_door(full: Path, passphrase: str) -> None:
    good = (full / "keyring.json").read_bytes()
    misses = tried = 0
    places = [(place, KEY) for place in range(0, len(good), 9)] + [
        (place, passphrase) for place in range(0, len(good), 60)
    ]
    for place, secret in places:
        changed = bytearray(good)
        changed[place] ^= 1
        (full / "keyring.json").write_bytes(changed)
        tried += 1
        try:
            Vault.open(full, secret).close()
            misses += 1
        except (WrongPassphrase, VaultDamaged, VaultError):
            pass
    assert (tried > 100, misses) == (True, 0)
    (full / "keyring.json").write_bytes(good)
    Vault.open(full, passphrase).close()


def test_every_bit_and_every_length_of_a_small_original(full: Path) -> None:
    path = blob_of(full, SMALL)
    good = path.read_bytes()
    with Vault.open(full, KEY) as vault:
        document = vault.content_id(SMALL)
        changed = [*flips(good), *(good[:length] for length in range(len(good))), good + b"\0", good + good]
        assert len(changed) == 8 * len(good) + len(good) + 2 == 407
        for data in changed:
            path.write_bytes(data)
            with pytest.raises(VaultDamaged):
                vault.original(document)
        path.unlink()
        with pytest.raises(VaultDamaged, match="missing"):
            vault.original(document)
        path.write_bytes(good)
        assert vault.original(document) == SMALL


def test_a_large_original_is_cut_at_its_chunks_or_their_order_changed(full: Path) -> None:
    path = blob_of(full, LARGE)
    good = path.read_bytes()
    first, second, last = (good[at : at + SEALED_CHUNK] for at in range(0, len(good), SEALED_CHUNK))
    lengths = {edge + step for edge in range(0, len(good) + 1, SEALED_CHUNK) for step in (-1, 0, 1)} | {len(good) - 1}
    cut = [good[:length] for length in sorted(lengths) if 0 <= length < len(good)]
    moved = [second + first + last, first + first + last, first + last, second + last, first + second + last + last]
    bits = [bytearray(good) for _ in range(0, len(good), 997)]
    for number, data in enumerate(bits):
        data[997 * number] ^= 0x10
    assert (len(cut), len(bits)) == (9, 155)
    with Vault.open(full, KEY) as vault:
        document = vault.content_id(LARGE)
        for data in (*cut, *moved, *bits):
            path.write_bytes(data)
            got: list[bytes] = []
            with pytest.raises(VaultDamaged):
                got.extend(vault.pieces(document))
            assert LARGE.startswith(b"".join(got))
        path.write_bytes(good)
        assert vault.original(document) == LARGE


def test_originals_in_each_others_place_and_of_another_vault(full: Path, other: Path, make_entry: MakeEntry) -> None:
    small, large = blob_of(full, SMALL), blob_of(full, LARGE)
    snapshot = blob_of(full, b"an index")
    with Vault.open(other, KEY) as vault:
        vault.add([make_entry(vault, "a line", data=SMALL)])
    with Vault.open(full, KEY) as vault:
        document, good = vault.content_id(SMALL), small.read_bytes()
        for source in (large, snapshot, blob_of(other, SMALL)):
            shutil.copyfile(source, small)
            with pytest.raises(VaultDamaged):
                vault.original(document)
        small.write_bytes(good)
        held = vault.snapshot()
        snapshot.write_bytes(good)
        assert held is not None
        with pytest.raises(VaultDamaged):
            list(held.pieces)


def test_parts_of_another_vault(full: Path, other: Path) -> None:
    for part in ("keyring.json", "vault.db"):
        kept = (full / part).read_bytes()
        shutil.copyfile(other / part, full / part)
        with pytest.raises(VaultDamaged):
            Vault.open(full, KEY)
        (full / part).write_bytes(kept)
    Vault.open(full, KEY).close()


def test_bytes_of_every_page_of_the_database(full: Path) -> None:
    with Vault.open(full, KEY) as vault:
        whole = content(vault)
    path = full / "vault.db"
    good = path.read_bytes()
    pages = len(good) // 4096
    refused = reported = 0
    for page in range(pages):
        for place in (0, 15, 16, 700, 2048, 4015, 4016, 4031, 4032, 4095):
            changed = bytearray(good)
            changed[4096 * page + place] ^= 1
            path.write_bytes(changed)
            try:
                with Vault.open(full, KEY) as vault:
                    assert "bad" in {finding.state for finding in vault.check()}
                    reported += 1
                    assert content(vault) == whole  # pages of these kinds are not read for this
            except VaultDamaged:
                refused += 1
    assert pages > 20
    assert reported + refused >= 10 * pages
    assert reported < 10 * pages
    path.write_bytes(good)
    with Vault.open(full, KEY) as vault:
        assert {finding.state for finding in vault.check()} == {"ok"}
        assert content(vault) == whole


def test_rights_of_others_to_any_part(full: Path) -> None:
    shutil.copy2(full / "keyring.json", full / "keyring.next")
    refused = 0
    for part in (".", "keyring.json", "keyring.next", "vault.db", "blobs", "lock"):
        mode = (full / part).stat().st_mode
        for right in (0o001, 0o002, 0o004, 0o010, 0o020, 0o040):
            (full / part).chmod(mode | right)
            with pytest.raises(UnsafeVault, match="chmod"):
                Vault.open(full, KEY)
            refused += 1
        (full / part).chmod(mode)
    assert refused == 36
    Vault.open(full, KEY).close()


def put_back(copy: Path, home: Path, *parts: str) -> None:
    """Put these parts of ``copy`` in the place of those of ``home``; without any, all."""
    if not parts:
        shutil.rmtree(home)
        shutil.copytree(copy, home)
    for part in parts:
        shutil.copy2(copy / part, home / part)


def older_and_newer(full: Path, change: Callable[[Vault], object]) -> Path:
    """A copy of ``full`` from before ``change`` was done to it."""
    copy = shutil.copytree(full, full.with_name("copy"))
    with Vault.open(full, KEY) as vault:
        change(vault)
    return copy


CHANGES: dict[str, Callable[[Vault], object]] = {
    "forget": lambda vault: vault.forget(vault.content_id(SMALL)),
    "question": lambda vault: vault.save_question("Another?", {}),
    "no question": lambda vault: vault.drop_question("What is a line?"),
    "key": lambda vault: vault.set_key("device", KEY[1:] + b"x"),
    "no key": lambda vault: vault.remove_slot("device"),
}


@pytest.mark.parametrize("parts", [(), ("vault.db",), ("keyring.json",)], ids=["all", "database", "keyring"])
@pytest.mark.parametrize("change", CHANGES)
def test_an_older_copy_is_noticed_until_it_is_wanted(full: Path, change: str, parts: tuple[str, ...]) -> None:
    copy = older_and_newer(full, CHANGES[change])
    put_back(copy, full, *parts)
    for _ in range(2):  # a refusal changes nothing
        with pytest.raises(RolledBack, match="--as-it-is"):
            Vault.open(full, KEY)
    Vault.open(full, KEY, accept_older=True).close()
    with Vault.open(full, KEY) as vault:  # it is the newest now
        vault.save_question("One more?", {})
    Vault.open(full, KEY).close()
    put_back(copy, full)
    with pytest.raises(RolledBack):
        Vault.open(full, KEY)


def test_an_older_copy_from_the_same_session_is_noticed(full: Path, tmp_path: Path) -> None:
    with Vault.open(full, KEY) as vault:
        vault.save_question("Another?", {})
        copy = shutil.copytree(full, tmp_path / "copy")
        vault.forget(vault.content_id(SMALL))
    for parts in (("vault.db",), ()):
        put_back(copy, full, *parts)
        with pytest.raises(RolledBack):
            Vault.open(full, KEY)


@pytest.mark.parametrize("part", ["vault.db", "keyring.json"])
def test_of_parts_that_do_not_fit_one_is_older_even_on_another_machine(full: Path, tmp_path: Path, part: str) -> None:
    copy = older_and_newer(full, CHANGES["key"])
    put_back(copy, full, part)
    with pytest.raises(RolledBack):
        Vault.open(full, KEY, state=tmp_path / "another machine")


def test_another_machine_opens_what_it_is_given(full: Path, tmp_path: Path) -> None:
    copy = older_and_newer(full, CHANGES["forget"])
    Vault.open(copy, KEY, state=tmp_path / "another machine").close()
    (memory,) = (tmp_path / "another machine").glob("*.json")
    memory.unlink()
    with Vault.open(full, KEY, state=tmp_path / "another machine") as vault:
        assert not vault.has(vault.content_id(SMALL))
    with pytest.raises(RolledBack):  # now it remembers
        Vault.open(copy, KEY, state=tmp_path / "another machine")


def test_an_original_of_an_older_copy_is_no_longer_one(full: Path) -> None:
    path = blob_of(full, SMALL)
    copy = older_and_newer(full, CHANGES["forget"])
    assert not path.exists()
    shutil.copy2(copy / path.relative_to(full), path)
    with Vault.open(full, KEY) as vault:
        assert not vault.has(vault.content_id(SMALL))
    assert not path.exists()
