"""Names of files below the folder that they share."""

import os
from collections.abc import Sequence


def common_folder(paths: Sequence[str]) -> str:
    """The deepest folder that all files lie in; all paths absolute, or none."""
    return os.path.commonpath([os.path.dirname(path) for path in paths])


def names_below(paths: Sequence[str]) -> list[str]:
    """Each path below the common folder, without suffix."""
    folder = common_folder(paths)
    return [os.path.splitext(os.path.relpath(path, folder))[0] for path in paths]
