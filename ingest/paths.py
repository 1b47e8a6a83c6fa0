"""Where model files lie. ``memx`` uses the same folder.

Not covered here: fetching or checking a model (``memx.models``), and the vault's own place.
"""

import os
from pathlib import Path

import platformdirs


def models_dir() -> Path:
    """The folder of the model files: ``MEMX_MODELS`` if set, else ``models`` in the user's data folder."""
    configured = os.environ.get("MEMX_MODELS")
    if configured:
        return Path(configured).expanduser()
    return Path(platformdirs.user_data_dir("memx")) / "models"
