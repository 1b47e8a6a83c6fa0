"""An empty vault made once and copied for each test: making and opening one costs a real key derivation."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from ingest.types import CharSpan, Unit
from memx.chunk import Chunk
from memx.facts import Fact
from memx.vault import EmbedderId, Entry, KdfParams, Record, Vault

WIDTH = 4
MakeEntry = Callable[..., Entry]


@pytest.fixture(scope="session")
def passphrase() -> str:
    return "correct horse battery staple"


@pytest.fixture(scope="session")
def embedder() -> EmbedderId:
    return EmbedderId("all-tests-v1", "0" * 64)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, passphrase: str, embedder: EmbedderId) -> Path:
    home = tmp_path_factory.mktemp("template") / "vault"
    with Vault.create(home, passphrase, KdfParams()) as vault:
        vault.set_embedder(embedder)
    return home


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    return shutil.copytree(template, tmp_path / "vault")


@pytest.fixture
def vault(home: Path, passphrase: str) -> Iterator[Vault]:
    with Vault.open(home, passphrase) as vault:
        yield vault


@pytest.fixture
def make_entry() -> MakeEntry:
    def make(
        vault: Vault,
        *texts: str,
        title: str = "A letter",
        name: str = "letter.txt",
        data: bytes | None = None,
        parent: str | None = None,
        message: int | None = None,
        width: int = WIDTH,
        facts: tuple[Fact, ...] = (),
    ) -> Entry:
        data = "\n".join(texts).encode() if data is None else data
        record = Record(
            id=vault.content_id(data),
            kind="text",
            title=title,
            name=name,
            added="2025-01-02T03:04:05+00:00",
            size=len(data),
            parent=parent,
            message=message,
        )
        vectors = np.arange(len(texts) * width, dtype=np.float32).reshape(len(texts), width) + 0.5
        units = tuple(Unit(text, CharSpan(0, len(text)), "text") for text in texts)
        chunks = tuple(Chunk(i, i, 0, i, len(text), text) for i, text in enumerate(texts))
        return Entry(record, data, units, chunks, vectors, facts)

    return make
