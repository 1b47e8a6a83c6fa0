"""A models folder, a hub and a wheel house of the test's own: nothing leaves the machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from shelf import Hub, serving


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The models folder. No source is in reach unless a test asks for one."""
    monkeypatch.setenv("MEMX_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.delenv("MEMX_MODEL_SOURCE", raising=False)
    return tmp_path / "models"


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the model ``small`` inside MEMX_MODEL_SOURCE."""
    monkeypatch.setenv("MEMX_MODEL_SOURCE", str(tmp_path / "local"))
    (tmp_path / "local" / "small").mkdir(parents=True)
    return tmp_path / "local" / "small"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    served = Hub()
    with serving(served) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        yield served


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels: the only place where pip looks."""
    folder = tmp_path / "house"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder
