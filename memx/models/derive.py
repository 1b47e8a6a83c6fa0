"""Files that are made on this machine from pulled ones: the quantized reader and the embedder's graph.

    gguf-q4_0   llama.cpp's Q4_0: the type that it repacks for the processor, so that a prompt is read about
                1.75 times as fast as with Q4_K_M
    onnx-bert   the ONNX graph of a BERT encoder from its safetensors (``memx.models.minilm_graph``)

Not covered: quantizing with an importance matrix, which needs data (the distill part does that).
"""

import importlib.metadata
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from errno import ENOSPC
from pathlib import Path
from typing import Literal

from memx.errors import ModelError

MOSTLY_Q4_0 = 2  # enum llama_ftype in llama.h


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a file is made: ``make(source, target)``. The bytes depend on the version of ``package``."""

    step: Literal["quantize", "build"]
    package: str
    make: Callable[[Path, Path], None]

    @property
    def tool(self) -> str:
        """Name and version of the tool."""
        return f"{self.package} {importlib.metadata.version(self.package)}"


def quantize_here(source: str, target: str) -> int:
    """Runs llama.cpp's quantizer in this process; 0 is success. A bad file can ABORT the process."""
    import llama_cpp

    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = MOSTLY_Q4_0
    parameters.allow_requantize = True
    return int(llama_cpp.llama_model_quantize(source.encode(), target.encode(), parameters))


def _quantize(source: Path, target: Path) -> None:
    call = "import sys; from memx.models.derive import quantize_here; sys.exit(quantize_here(*sys.argv[1:]))"
    # DEVNULL: hundreds of log lines. -P: a folder called memx in the current one is not imported.
    command = [sys.executable, "-P", "-c", call, str(source), str(target)]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )
    if done.returncode:
        # The reason is only in the log; a full disk is the one that a person can do something about.
        if shutil.disk_usage(target.parent).free < source.stat().st_size:
            raise OSError(ENOSPC, "No space left on device")
        raise ModelError(f"llama.cpp cannot quantize {source.name} (status {done.returncode}); pull the model again")


def _build_graph(source: Path, target: Path) -> None:
    from memx.models.minilm_graph import build_from

    target.write_bytes(build_from(source, source.with_name("config.json")))


RECIPES = {
    "gguf-q4_0": Recipe("quantize", "llama-cpp-python", _quantize),
    "onnx-bert": Recipe("build", "onnx", _build_graph),
}


def recipe(name: str) -> Recipe:
    """The recipe of this name.

    Raises:
        ModelError: there is none.
    """
    try:
        return RECIPES[name]
    except KeyError:
        raise ModelError(f"the manifest asks for an unknown recipe {name!r}; update MemX") from None
