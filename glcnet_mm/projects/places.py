"""Where the files of a project lie, and how its data file names them."""

import os
from pathlib import Path
from typing import NamedTuple

from .config_texts import HERE


class Places(NamedTuple):
    """Folders that names in ``data.py`` start from: the data's and the project's."""

    root: str
    folder: Path

    def name(self, path: str) -> str:
        """A path as ``data.py`` has it."""
        if path.startswith(f'{self.folder}/'):
            return f'{HERE}/{os.path.relpath(path, self.folder)}'
        path = os.path.abspath(path) if os.path.exists(path) else path
        inside = path.startswith(self.root.rstrip('/') + '/')
        return os.path.relpath(path, self.root) if inside else path
