"""The finished pieces of a map that is being made, kept on disk."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import rasterio

from ..errors import UserError
from ..files import write_json
from ..rasters.georeference import Georeference
from ..rasters.raster_writer import MapWriter
from ..reading import read_json
from .tiling import Piece

SETTINGS = 'settings.json'


class PartsFolder:
    """``<map>.parts`` beside a map to be: settings and one raster per piece.

    A piece has its name when it is complete, so a map that was interrupted, or shared
    out, goes on with what is missing.

    Args:
        out: The map to be.
        settings: All that the pieces depend on.

    Raises:
        UserError: The folder holds pieces made by other settings.
    """

    def __init__(self, out: str | Path, settings: dict) -> None:
        self.path = Path(f'{out}.parts')
        file = self.path / SETTINGS
        begun = _begun(file) if file.exists() else settings
        changed = [key for key in settings if begun.get(key) != settings[key]]
        if changed:
            raise UserError(
                f'{self.path} holds a map that was begun with another '
                f'{" and ".join(changed)}: go on with the settings it was begun with, '
                'or delete the folder to begin anew.'
            )
        write_json(file, settings)

    def piece_path(self, piece: Piece) -> Path:
        """Where a piece is or will be."""
        return self.path / f'{piece.name}.tif'

    def missing(self, pieces: Iterable[Piece]) -> list[Piece]:
        """Those that are yet to be made."""
        return [piece for piece in pieces if not self.piece_path(piece).exists()]

    def writer(self, piece: Piece, bands: int) -> MapWriter:
        """Takes the lines of a piece."""
        width, height = piece.window[2:]
        position = Georeference(
            width, height, None, rasterio.Affine.identity(), ([], None), None, []
        )
        path = self.piece_path(piece)
        return MapWriter(
            path, position, bands, lambda file: None, zlevel=1, interleave='band'
        )

    def clear(self) -> None:
        """Deletes what killed calls had begun to write; none may be at work."""
        for path in self.path.glob('.*.part.tif'):
            path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Deletes all pieces."""
        shutil.rmtree(self.path)

    def remove_if_empty(self) -> None:
        """Deletes the folder if no piece is there, nor begun by another process."""
        if [path.name for path in self.path.iterdir()] == [SETTINGS]:
            self.remove()


def remove_leftover(out: str | Path, settings: dict) -> None:
    """Deletes the folder of a complete map, left by a call killed at the very end."""
    file = Path(f'{out}.parts') / 'settings.json'
    if file.exists() and _begun(file) == settings:
        shutil.rmtree(file.parent)


def _begun(file: Path) -> dict:
    mend = f'delete the folder {file.parent} to begin the map anew'
    return read_json(file, mend, lambda content: dict(content.items()))
