"""The model files: what they are (manifest), which are here (state), and how they get here (pull).

    Model      a folder of files for one role: reader, embedder or voice
    Source     where a file comes from: local folder, model hub, wheel; the first right SHA-256 wins
    Derived    a file made on this machine from a pulled one: the quantized reader, the embedder's graph

``pull()`` is the one call that writes. Not covered: loading a model (``memx.embed``, the reader, ``ingest``).
"""

from memx.models.manifest import Manifest, Model, load_manifest
from memx.models.pull import Progress, pull
from memx.models.state import FileStatus, ModelStatus, embedder_dir, listing, reader_path, verify

__all__ = [
    "FileStatus",
    "Manifest",
    "Model",
    "ModelStatus",
    "Progress",
    "embedder_dir",
    "listing",
    "load_manifest",
    "pull",
    "reader_path",
    "verify",
]
