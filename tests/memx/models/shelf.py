"""Small models for the tests, and the places they come from: a hub on localhost and wheels in a folder."""

import hashlib
import http.server
import re
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from memx.models.manifest import DerivedFile, HubSource, Manifest, Model, ModelFile, Source


def file_of(name: str, data: bytes, *sources: Source) -> ModelFile:
    return ModelFile(name, len(data), hashlib.sha256(data).hexdigest(), sources)


def model_of(*files: ModelFile, name: str = "small", derived: tuple[DerivedFile, ...] = ()) -> Manifest:
    return Manifest((Model(name, "reader", True, "MIT", "for tests", files, derived),))


def hub_source(file: str) -> HubSource:
    return HubSource("family/small", "main", file)


@dataclass
class Hub:
    """A model hub: serves ``files`` by path, understands byte ranges unless told otherwise.

    ``cuts`` are bytes after which the next answers break off; a cut of 0 drops the line at once.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)
    ranges: bool = True
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def put(self, file: str, data: bytes) -> HubSource:
        self.files[f"/family/small/resolve/main/{file}"] = data
        return hub_source(file)


@contextmanager
def serving(hub: Hub) -> Iterator[str]:
    """The address of ``hub`` on localhost while the block runs."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            hub.asked.append((self.path, wanted))
            cut = hub.cuts.pop(0) if hub.cuts else None
            if cut == 0:
                return  # nothing is answered: the client sees a line that was dropped
            data = hub.files.get(self.path)
            if data is None:
                self.send_error(404)
                return
            start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1]) if wanted and hub.ranges else 0
            self.send_response(206 if hub.ranges else 200)
            self.send_header("Content-Length", str(len(data) - start))
            self.end_headers()
            self.wfile.write(data[start:][:cut])

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def wheel(folder: Path, name: str, members: dict[str, bytes], version: str = "1.0") -> str:
    """Writes a wheel that pip accepts and returns ``name==version``."""
    stem = name.replace("-", "_")
    about = f"{stem}-{version}.dist-info"
    texts = {
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{about}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}/RECORD": b"",
    }
    with zipfile.ZipFile(folder / f"{stem}-{version}-py3-none-any.whl", "w") as archive:
        for path, data in (members | texts).items():
            archive.writestr(path, data)
    return f"{name}=={version}"
