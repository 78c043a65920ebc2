"""Small files stay decoded: a tile that comes again is neither opened nor inflated."""

import os
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from ..errors import UserError
from . import vsi
from .validity import BandChoice, BandRules

# MiB of every process; 0 keeps nothing.
SWITCH = 'GLCNET_MM_TILE_CACHE'
DEFAULT_MIB = 64
# Bytes of a file, decoded, that count as small, and the share of it that a window must
# hold: to decode all of a large file for a small window would cost more than it saves.
SMALL_BYTES = 2 * 2**20
LEAST_SHARE = 1 / 16
# A mosaic of more parts is no small file, and to look at them all takes its time.
MAX_PARTS = 4

State = tuple[tuple[int, int, int], ...]
Key = tuple[str, BandChoice]


class SmallFile(NamedTuple):
    """A decoded file, as one choice of bands reads it.

    Attributes:
        pixels: ``(H, W, C)``.
        valid: ``(H, W)``.
        rules: What told validity.
        palette: As ``colour_table`` gives it.
        parts: The file and those that belong to it, such as its mask.
        state: Of the parts when they were read.
    """

    pixels: np.ndarray
    valid: np.ndarray
    rules: BandRules
    palette: dict[int, tuple[int, ...]] | None
    parts: tuple[str, ...]
    state: State

    def cut(
        self, col: int, row: int, width: int, height: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Copies of a window's pixels and validity; 0 and invalid outside."""
        rows, cols = self.valid.shape
        inside = np.s_[max(row, 0) : max(row + height, 0)]
        across = np.s_[max(col, 0) : max(col + width, 0)]
        pixels, valid = self.pixels[inside, across], self.valid[inside, across]
        if valid.shape == (height, width):
            return pixels.copy(), valid.copy()
        whole = np.zeros((height, width, self.pixels.shape[2]), self.pixels.dtype)
        good = np.zeros((height, width), bool)
        if valid.size:
            top, left = max(-row, 0), max(-col, 0)
            place = np.s_[top : top + valid.shape[0], left : left + valid.shape[1]]
            whole[place], good[place] = pixels, valid
        return whole, good


class SmallFiles:
    """Decoded files of this process, dropped in order of last use beyond a bound.

    A file that was written again, to be seen by its time, size and number, is read
    again.

    Args:
        changed: Called with the name of such a file.
    """

    def __init__(self, changed: Callable[[str], None]) -> None:
        self._changed = changed
        self._kept: OrderedDict[Key, SmallFile] = OrderedDict()
        self._bytes = 0

    def find(self, path: str, choice: BandChoice) -> SmallFile | None:
        """A decoded file, None where it is not kept or no longer as it was."""
        found = self._kept.get((path, choice))
        if found is None:
            return None
        if _state(found.parts) != found.state:
            self.forget(path)
            self._changed(path)
            return None
        self._kept.move_to_end((path, choice))
        return found

    def takes(
        self, size: Sequence[int], window: Sequence[int], rules: BandRules
    ) -> bool:
        """Whether to decode all of a file of ``size`` when ``window`` is asked for."""
        pixels, asked = size[0] * size[1], window[0] * window[1]
        bytes_ = pixels * (len(rules.bands) * rules.dtype.itemsize + 1)
        return asked >= LEAST_SHARE * pixels and bytes_ <= min(SMALL_BYTES, _limit())

    def keep(
        self,
        key: Key,
        read: Callable[[], tuple[np.ndarray, np.ndarray]],
        rules: BandRules,
        palette: dict | None,
        parts: Sequence[str],
    ) -> SmallFile | None:
        """Decodes and keeps a file; None where it is none of this machine."""
        parts = tuple(parts) or (key[0],)
        # Taken before reading: what is written meanwhile makes it old.
        state = _state(parts) if len(parts) <= MAX_PARTS else None
        if state is None:
            return None
        found = SmallFile(*read(), rules, palette, parts, state)
        self._kept[key] = found
        self._bytes += _size(found)
        while self._bytes > _limit():
            self._bytes -= _size(self._kept.popitem(last=False)[1])
        return found

    def forget(self, path: str) -> None:
        """Drops a file, whatever the bands."""
        for key in [key for key in self._kept if key[0] == path]:
            self._bytes -= _size(self._kept.pop(key))


def _size(file: SmallFile) -> int:
    return file.pixels.nbytes + file.valid.nbytes


def _limit() -> int:
    """Bytes that a process may keep."""
    text = os.environ.get(SWITCH, '')
    try:
        mib = float(text or DEFAULT_MIB)
    except ValueError:
        mib = -1
    if mib < 0:
        raise UserError(
            f'{SWITCH}={text} is no number of MiB: set 0 to keep no decoded files, or '
            f'leave it unset for {DEFAULT_MIB}.'
        )
    return int(mib * 2**20)


def _state(parts: Sequence[str]) -> State | None:
    """Changes with the files; None where one cannot be looked at."""
    found = []
    for part in parts:
        if not vsi.is_plain(part):
            return None
        try:
            now = os.stat(part)
        except OSError:
            return None
        found.append((now.st_mtime_ns, now.st_size, now.st_ino))
    return tuple(found)
