"""The Vault: one folder, one owner, everything in it encrypted.

Not covered: reading files (``ingest``), embedding, ranking; backups, which need no open vault (``backup``).
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from memx.config import state_path
from memx.corrections import Correction
from memx.crypto import keyring
from memx.crypto.kdf import KdfParams, calibrate
from memx.crypto.keyring import Secret
from memx.errors import EmbedderMismatch
from memx.vault import (
    atomic,
    chats,
    chunk_rows,
    create,
    fact_rows,
    meta,
    questions,
    recovery,
    rotation,
    rows,
    snapshots,
)
from memx.vault.blobs import Blob
from memx.vault.content import ContentIds
from memx.vault.database import faults, transaction
from memx.vault.keyfile import KeyFile
from memx.vault.layout import Layout
from memx.vault.opening import Opened, open_
from memx.vault.reader import VaultReader
from memx.vault.records import EmbedderId, Entry, Export, Receipt, SlotInfo, pieces

if TYPE_CHECKING:
    from sqlite3 import Connection


class Vault(VaultReader):
    """An open vault; get one from ``create`` or ``open`` and close it. Safe to use from several threads.

    Every method may raise VaultDamaged (a byte is not what was written), VaultError (the disk refuses) and
    UsageError (it was closed); those that write may raise StorageFull, and have then changed nothing. Methods
    that take an id take the whole id, except ``document``; they raise DocumentNotFound where there is none.
    """

    def __init__(self, layout: Layout, opened: Opened) -> None:
        super().__init__(layout, opened.db, opened.keys.vault_id, ContentIds(opened.db, opened.keys))
        self._owner = opened.owner
        self._keyfile = KeyFile(layout.keyring, opened.ring, opened.keys, opened.memory)
        self.migrated = opened.migrated

    @staticmethod
    def exists(home: Path) -> bool:
        """Whether there is a vault in the folder ``home``."""
        return Layout(home).exists()

    @classmethod
    def create(cls, home: Path, passphrase: str, costs: KdfParams | None = None) -> "Vault":
        """Make a vault in ``home``, which must not exist or be an empty folder, and open it.

        ``costs`` None: what takes this machine about half a second.

        Raises:
            UsageError: the passphrase is empty.
            VaultExists: something is there already.
        """
        create.create(Layout(home.resolve()), passphrase, costs or calibrate())
        return cls.open(home, passphrase)

    @classmethod
    def open(cls, home: Path, secret: Secret, *, accept_older: bool = False, state: Path | None = None) -> "Vault":
        """Open the vault in ``home``.

        ``secret`` is a passphrase or a recovery phrase as typed, or the 32 bytes of a recovery or device key.
        ``accept_older`` takes a vault that was put back from a copy for the newest. ``state`` is the folder that
        remembers how new vaults are, None for the user's.

        Raises:
            NoVault: there is none.
            UnsafeVault: other users can reach it, it is not encrypted, or the cryptography fails its self-test.
            VaultBusy: another process has it open.
            WrongPassphrase: the secret does not open it, or its slot was changed.
            VaultDamaged: a part is missing or not what was written.
            RolledBack: an older copy of it, or of a part, was put in its place.
            StorageFull: an older vault cannot be backed up, and is not migrated.
            VaultError: a newer MemX made it.
        """
        layout = Layout(home.resolve())
        with faults(layout.home), contextlib.ExitStack() as undo:
            opened = open_(layout, recovery.secrets_in(secret), state or state_path(), accept_older=accept_older)
            undo.callback(opened.owner.release)
            undo.callback(opened.db.close)
            vault = cls(layout, opened)
            atomic.sweep(layout.home)
            vault._blobs.sweep(rows.blob_ids(opened.db))
            if accept_older or opened.migrated is not None:
                vault._keyfile.advance(opened.db, opened.ring.slots)
            vault._keyfile.remember(opened.db)
            undo.pop_all()
            return vault

    def close(self) -> None:
        """Forget the keys and let others open the vault; a second call does nothing."""
        with self._threads:
            if self._db is not None:
                self._db.close()
                self._db = None
                del self._keyfile, self._ids
                self._owner.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def slots(self) -> tuple[SlotInfo, ...]:
        """The ways to open this vault."""
        with self._use():
            return self._keyfile.slots()

    def opens(self, secret: Secret) -> SlotInfo:
        """Which way ``secret`` opens this vault. Raises WrongPassphrase when it does not."""
        with self._use():
            return self._keyfile.opened_by(*recovery.secrets_in(secret))

    def set_passphrase(self, passphrase: str, costs: KdfParams | None = None) -> None:
        """Open with ``passphrase`` from now on, and no longer with the one before. Raises UsageError if it is empty."""
        with self._use() as db:
            slot = keyring.passphrase_slot(self._keyfile.keys, passphrase, costs or calibrate())
            self._keyfile.put(db, slot, passphrase)

    def set_key(self, kind: Literal["recovery", "device"], key: bytes) -> None:
        """Open with this 32-byte ``key`` too, and no longer with an earlier one of its kind."""
        with self._use() as db:
            self._keyfile.put(db, keyring.key_slot(self._keyfile.keys, kind, key), key)

    def remove_slot(self, kind: Literal["recovery", "device"]) -> None:
        """Open no longer with the key of this kind. Raises UsageError when there is none."""
        with self._use() as db:
            self._keyfile.remove(db, kind)

    def rotate(
        self,
        passphrase: str,
        *,
        recovery: bytes | None,
        costs: KdfParams | None = None,
        progress: rotation.Progress = lambda done, total: None,
    ) -> None:
        """A new master key, and everything encrypted again; opens with these two from now on and with nothing else.

        After an error the vault is closed; it opens as before, or as after with ``rotation_left`` above 0.

        Raises:
            UsageError: the passphrase is empty.
            StorageFull: the rotation did not begin, or is not finished.
        """
        with self._use() as db:
            old, ring = self._keyfile.keys, self._keyfile.ring
            new = old.renewed()
            slots = [keyring.passphrase_slot(new, passphrase, costs or calibrate())]
            if recovery is not None:
                slots.append(keyring.key_slot(new, "recovery", recovery))
            ring = replace(ring, slots=tuple(slots), generation=ring.generation + 1)
            try:
                rotation.change_master(self._layout, self._blobs, db, old, ring, new, passphrase)
            except BaseException:
                self.close()
                raise
            self._keyfile.adopt(db, ring, new)
        self.finish_rotation(progress)

    @property
    def rotation_left(self) -> int:
        """How many originals an interrupted rotation has still to encrypt again."""
        with self._use() as db:
            return rotation.left(db)

    def finish_rotation(self, progress: rotation.Progress = lambda done, total: None) -> None:
        """Encrypt again what an interrupted rotation has left; others may use the vault meanwhile."""
        total, done, more = self.rotation_left, 0, True
        while more:  # not a count: others may forget and add meanwhile
            progress(min(done, total), total)
            with self._use() as db:
                more = rotation.seal_next(self._blobs, db)
            done += 1

    def add(self, entries: Sequence[Entry]) -> None:
        """Store documents, all or none; after return they survive a power cut.

        Raises:
            UsageError: one of them is in the vault already.
            DocumentNotFound: a parent is neither in the vault nor among ``entries``.
            EmbedderMismatch: no embedder is set, or the vectors are not as wide as those in the vault.
            UnreadableFile: a file is not what it was when its id was made.
            ValueError: an entry has not one vector per chunk.
            StorageFull: nothing was stored.
        """
        with self._written([self._ids.checked(entry) for entry in entries]) as (db, blobs):
            _insert(db, entries, blobs)

    def merge(self, entry: Entry, export: Export, inside: Sequence[Entry], numbers: Mapping[int, int]) -> list[int]:
        """Add an export to the chat of ``entry``, all or nothing; the numbers of the chunks that are gone, rising.

        ``entry`` is the whole chat as ``reread`` takes it, its ``data`` the bytes of ``export``; ``inside`` is what
        came in them. What came with message n of the chat came with message ``numbers[n]`` from now on.

        Raises:
            DocumentNotFound: the vault has no document with the id of ``entry``.
            UsageError: one of ``inside`` is in the vault already.
            EmbedderMismatch, ValueError, StorageFull: as ``reread``.
        """
        originals = [pieces(entry.data), *(self._ids.checked(e) for e in inside)]
        with self._written(originals) as (db, blobs):
            gone, dropped = rows.reread(db, entry)
            chats.add_export(db, rows.number_of(db, entry.record.id), export, blobs[0])
            chats.renumber(db, entry.record.id, numbers)
            _insert(db, inside, blobs[1:])
        self._remove(dropped)
        return gone

    def reread(self, entry: Entry) -> list[int]:
        """Replace what was read of a document, all or nothing; the numbers of the chunks that are gone, rising.

        The original is not touched, and number, kind, name, arrival, size and place (parent, message) stay as they
        were, as do the documents inside it. A snapshot of the index is destroyed.

        Raises:
            DocumentNotFound: the vault has no document with this id.
            EmbedderMismatch: no embedder is set, or the vectors are not as wide as those in the vault.
            ValueError: not one vector per chunk.
            StorageFull: nothing was changed.
        """
        with self._change() as db:
            gone, blobs = rows.reread(db, entry)
        self._remove(blobs)
        return gone

    def extend(self, entry: Entry) -> None:
        """Add to what was read of a document, all or nothing: the rest of a recording.

        Units, chunks and facts of ``entry`` count from 0, as if they were all; its pages take the place of those with
        their numbers. Of the record only the warnings count.

        Raises:
            DocumentNotFound, EmbedderMismatch, ValueError, StorageFull: as ``reread``.
        """
        with self._change() as db:
            rows.extend(db, entry)

    def correct(self, document: str, new: Correction, date: str | None) -> None:
        """Keep what the person says, for what was said of that place before; ``date``: of the document then."""
        with self._change() as db:
            fact_rows.correct(db, rows.number_of(db, document), new)
            rows.set_date(db, document, date)

    def uncorrect(self, document: str, old: Correction, date: str | None) -> None:
        """Keep a correction no longer; ``date``: of the document then."""
        with self._change() as db:
            fact_rows.uncorrect(db, rows.number_of(db, document), old)
            rows.set_date(db, document, date)

    def forget(self, document: str) -> Receipt:
        """Destroy a document and what came inside it: rows, search terms, vectors, keys, files, and the snapshot."""
        with self._change() as db:
            receipt, blobs = rows.forget(db, document)
        self._remove(blobs)
        return receipt

    def save_snapshot(self, copy: Iterable[bytes], sequence: int, last_chunk: int) -> None:
        """Keep a copy of the index, made when the vault was at ``sequence``, in the place of an earlier one."""
        blob = None
        with self._use() as db:
            try:
                blob = self._blobs.write(copy, "snapshot")
                with transaction(db):
                    gone = snapshots.put(db, blob, sequence, last_chunk)
            except BaseException:
                if blob is not None and blob.id not in rows.blob_ids(db):
                    self._blobs.remove(blob.id)
                raise
            for old in gone:
                self._blobs.remove(old)

    def drop_snapshot(self) -> None:
        """Keep no copy of the index."""
        with self._use() as db:
            with transaction(db):
                gone = snapshots.drop(db)
            for blob in gone:
                self._blobs.remove(blob)

    def save_question(self, text: str, answer: dict[str, Any]) -> None:
        """Keep a question and its answer, to test backups with; an earlier answer to it is replaced."""
        with self._change() as db:
            questions.save(db, text, answer)

    def drop_question(self, text: str) -> None:
        """Keep a question no longer. Raises UsageError if it was not kept."""
        with self._change() as db:
            questions.drop(db, text)

    def set_embedder(self, chosen: EmbedderId) -> None:
        """Say which embedder makes the vectors.

        Raises:
            EmbedderMismatch: there are vectors of another one.
        """
        with self._use():  # from the look to the change
            stored = self.embedder
            if stored == chosen:
                return
            with self._change() as db:
                if stored is not None and chunk_rows.vector_width(db) is not None:
                    raise EmbedderMismatch(
                        f"The vault's vectors come from {stored.name}: use that model, not {chosen.name}."
                    )
                meta.set_embedder(db, chosen)

    def _remove(self, blobs: Iterable[str]) -> None:
        # The keys are gone; a file that a crash leaves here is noise, and swept when the vault is opened.
        with self._use():
            for blob in blobs:
                self._blobs.remove(blob)

    @contextlib.contextmanager
    def _written(self, originals: Iterable[Iterable[bytes]]) -> Iterator[tuple["Connection", list[Blob]]]:
        """A change that refers to new files with these contents; without the change they are gone."""
        written: list[Blob] = []
        with self._use() as db:
            self._keyfile.begin(db)
            try:
                written.extend(self._blobs.write(original) for original in originals)
                with transaction(db):
                    yield db, written
                    meta.count_change(db)
            except BaseException:
                # What the database says counts: an interrupt can come right after the commit.
                kept = rows.blob_ids(db)
                for blob in written:
                    if blob.id not in kept:
                        self._blobs.remove(blob.id)
                raise
            self._keyfile.remember(db)

    @contextlib.contextmanager
    def _change(self) -> Iterator["Connection"]:
        with self._use() as db:
            self._keyfile.begin(db)
            with transaction(db):
                yield db
                meta.count_change(db)
            self._keyfile.remember(db)


def _insert(db: "Connection", entries: Sequence[Entry], blobs: Sequence[Blob]) -> None:
    for entry, blob in zip(entries, blobs, strict=True):
        rows.insert(db, entry, blob)
    for parent in {e.record.parent for e in entries if e.record.parent is not None}:
        rows.number_of(db, parent)
