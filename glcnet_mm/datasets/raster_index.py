"""Windows over many rasters by arithmetic: memory grows with the files only."""

from collections.abc import Sequence

import numpy as np

from ..errors import UserError
from ..rasters.file_forms import check_form
from ..rasters.raster_io import RasterInfo, Window
from ..rasters.validity import Bands, as_choice
from ..wording import counted
from .catalogue import Catalogue


def read_infos(
    paths: Sequence[str], catalogue: Catalogue | None = None, bands: Bands = None
) -> list[RasterInfo]:
    """Headers of many images, which must agree in their number of bands.

    Args:
        paths: Of the rasters.
        catalogue: Where their headers may be noted.
        bands: Those that will be read.

    Raises:
        RasterReadError: A file is unreadable.
        UserError: Two files differ in their bands, or one is a palette image or has
            several pages.
    """
    infos = (catalogue or Catalogue()).headers(paths)
    chosen = as_choice(bands).bands is not None
    for info in infos:
        check_form(info.path, info.form, chosen)
        if info.bands != infos[0].bands:
            raise UserError(
                f'{info.path} has {counted(info.bands, "band")} but {infos[0].path} '
                f'has {infos[0].bands}; all images of a data set need the same bands. '
                f'Those that lie in files of their own are joined by new_project.py '
                f'--further or tools/stack_bands.py.'
            )
    return infos


class RasterIndex:
    """Windows of one size over a list of rasters.

    The grid starts at the upper left; the last row and column reach over the border
    where the size does not divide, so that every pixel is covered.

    Args:
        infos: Headers of the rasters.
        window: Side of a window in pixels.
        stride: Distance of neighbouring windows in pixels; the side when None.
    """

    def __init__(
        self, infos: Sequence[RasterInfo], window: int, stride: int | None = None
    ) -> None:
        self.infos = list(infos)
        self.window = window
        self.stride = window if stride is None else stride
        if window < 1 or self.stride < 1:
            raise UserError(
                f'Window and stride must be at least 1 px, got {window} and {stride}.'
            )
        sizes = np.array([(i.width, i.height) for i in infos], np.int64).reshape(-1, 2)
        self._grid = 1 + -(-np.maximum(sizes - window, 0) // self.stride)
        self._ends = self._grid.prod(1).cumsum()
        # Weighted by the number of window positions, so that every position is
        # equally likely; a raster smaller than the window has one.
        self._area_ends = np.maximum(sizes - window + 1, 1).prod(1).cumsum()

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    def __getitem__(self, index: int) -> tuple[int, Window]:
        """Scene number and window of a grid position."""
        if not 0 <= index < len(self):
            raise IndexError(f'Window {index} of {len(self)}')
        scene = int(np.searchsorted(self._ends, index, side='right'))
        start = int(self._ends[scene - 1]) if scene else 0
        row, col = divmod(index - start, int(self._grid[scene, 0]))
        return scene, self._at(col * self.stride, row * self.stride)

    def random_window(self, rng: np.random.Generator) -> tuple[int, Window]:
        """A window anywhere inside a raster, every position equally likely."""
        position = int(rng.integers(self._area_ends[-1]))
        scene = int(np.searchsorted(self._area_ends, position, side='right'))
        info = self.infos[scene]
        col = int(rng.integers(max(info.width - self.window, 0) + 1))
        row = int(rng.integers(max(info.height - self.window, 0) + 1))
        return scene, self._at(col, row)

    def _at(self, col: int, row: int) -> Window:
        return Window(col, row, self.window, self.window)
