"""The exception tree of the product, drawn once.

MemxError                     (ingest.errors) one clear line for the person; exit code and HTTP status by class
├── ReadError …               (ingest.errors) a file cannot be read
├── UsageError                the request itself makes no sense
├── PartlyDone                some of the files could not be stored; the rest are
├── QuestionStopped           nobody waits for the answer any more
├── VaultError
│   ├── NoVault               nothing there yet
│   ├── VaultExists           something is already there
│   ├── WrongPassphrase       or a tampered keyring: the two cannot be told apart on purpose
│   ├── VaultBusy             another process holds it
│   ├── VaultDamaged          a byte is not what was written
│   ├── UnsafeVault           modes, library or header are not what the promise needs: fail closed
│   ├── EmbedderMismatch      the stored vectors come from another embedder
│   ├── DocumentNotFound
│   ├── StorageFull
│   ├── RolledBack            an older copy of the vault, or of a part of it, was put in its place
│   └── AnswersDiffer         a restored backup does not answer as the vault did
└── ModelError
    ├── MissingModel
    ├── UnknownModel
    ├── WrongHash
    └── SourceUnavailable
"""

from ingest.errors import (
    DamagedFile,
    EmptyFile,
    MemxError,
    MissingTool,
    NeedsPassword,
    ReadError,
    TooLarge,
    UnknownFormat,
    UnreadableFile,
)

__all__ = [
    "AnswersDiffer",
    "DamagedFile",
    "DocumentNotFound",
    "EmbedderMismatch",
    "EmptyFile",
    "MemxError",
    "MissingModel",
    "MissingTool",
    "ModelError",
    "NeedsPassword",
    "NoVault",
    "PartlyDone",
    "QuestionStopped",
    "ReadError",
    "RolledBack",
    "SourceUnavailable",
    "StorageFull",
    "TooLarge",
    "UnknownFormat",
    "UnknownModel",
    "UnreadableFile",
    "UnsafeVault",
    "UsageError",
    "VaultBusy",
    "VaultDamaged",
    "VaultError",
    "VaultExists",
    "WrongHash",
    "WrongPassphrase",
]


class UsageError(MemxError):
    """The request itself makes no sense."""

    exit_code = 2
    http_status = 400


class PartlyDone(MemxError):
    """Some files could not be stored; the rest are."""

    exit_code = 10
    http_status = 207


class QuestionStopped(MemxError):
    """Nobody waits for the answer any more."""

    exit_code = 11
    http_status = 499  # as nginx has it: the client has closed the request


class VaultError(MemxError):
    """Anything about the encrypted store."""

    exit_code = 30


class NoVault(VaultError):
    """There is no vault at this place."""

    exit_code = 31
    http_status = 404


class VaultExists(VaultError):
    """There is already something at this place."""

    exit_code = 32
    http_status = 409


class WrongPassphrase(VaultError):
    """The passphrase does not open the keyring, or the keyring was changed."""

    exit_code = 33
    http_status = 403


class VaultBusy(VaultError):
    """Another process holds the vault."""

    exit_code = 34
    http_status = 409


class VaultDamaged(VaultError):
    """Stored bytes fail their authentication, or a part is missing."""

    exit_code = 35


class UnsafeVault(VaultError):
    """File modes, the database library or the file header break the promise of encryption."""

    exit_code = 36


class EmbedderMismatch(VaultError):
    """The stored vectors come from another embedder."""

    exit_code = 37
    http_status = 409


class DocumentNotFound(VaultError):
    """No document has this id."""

    exit_code = 38
    http_status = 404


class StorageFull(VaultError):
    """The disk is full; nothing of the current document was kept."""

    exit_code = 39
    http_status = 507


class RolledBack(VaultError):
    """The vault, or a part of it, is older than what this machine has seen of it."""

    exit_code = 40
    http_status = 409


class AnswersDiffer(VaultError):
    """A restored backup does not answer a saved question as the vault did."""

    exit_code = 41


class ModelError(MemxError):
    """Anything about model files."""

    exit_code = 50
    http_status = 503


class MissingModel(ModelError):
    """A model file is not on this machine."""

    exit_code = 51


class UnknownModel(ModelError):
    """The manifest has no model of this name."""

    exit_code = 52
    http_status = 404


class WrongHash(ModelError):
    """A model file is not the one in the manifest."""

    exit_code = 53


class SourceUnavailable(ModelError):
    """None of the sources of a model file could be reached."""

    exit_code = 54
