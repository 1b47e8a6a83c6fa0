"""The root of the one exception tree, and the branch for files that cannot be read.

    MemxError                 anything a person should see as one clear line
    ├── ReadError             this file cannot be read
    │   ├── UnknownFormat     no reader for what the bytes are
    │   ├── EmptyFile         nothing in it
    │   ├── UnreadableFile    missing, or no permission
    │   ├── DamagedFile       the right format, but broken
    │   ├── NeedsPassword     encrypted by someone else
    │   ├── TooLarge          beyond a documented bound
    │   └── MissingTool       a system program or model that this format needs is not there
    └── (memx.errors)         vault, models, usage

It stands on the ground floor because every package may import from here. Each class carries the exit code and
the HTTP status that the edge uses; the message is one line that says what happened and what to do.
"""


class MemxError(Exception):
    """Root of every error that is shown as one line, without a traceback."""

    exit_code = 1
    http_status = 500


class ReadError(MemxError):
    """A file cannot be read."""

    exit_code = 20
    http_status = 422


class UnknownFormat(ReadError):
    """No reader fits what the bytes are."""

    exit_code = 21
    http_status = 415


class EmptyFile(ReadError):
    """The file holds nothing."""

    exit_code = 22


class UnreadableFile(ReadError):
    """The file is missing or may not be opened."""

    exit_code = 23
    http_status = 404


class DamagedFile(ReadError):
    """The format is known but the content is broken."""

    exit_code = 24


class NeedsPassword(ReadError):
    """The file is encrypted and the empty password does not open it."""

    exit_code = 25


class TooLarge(ReadError):
    """The file is beyond a documented bound."""

    exit_code = 26
    http_status = 413


class MissingTool(ReadError):
    """A system program or model file that this format needs is not installed."""

    exit_code = 27
    http_status = 503
