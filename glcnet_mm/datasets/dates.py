"""Real multi-temporal pairs: one view from each of two dates of a place."""

from collections.abc import Sequence

import numpy as np
from mmengine.registry import DATASETS

from ..errors import UserError
from ..rasters.alignment import (
    covered,
    covered_share,
    covering_window,
    from_region,
    ground_bounds,
    part_of,
    window_to_raster,
)
from ..rasters.ground_grid import geographic
from ..rasters.raster_io import Window
from ..rasters.resample import GroundGrid
from .sample_keys import Described, OtherDate, Sample
from .scene_groups import Places
from .transforms.views import warp_mask
from .windows import WindowDataset

SHARE_WINDOWS = 64


@DATASETS.register_module()
class DatesDataset(WindowDataset):
    """Windows with, where there is one, another date of the same ground.

    The GLCNet paper leaves real multi-temporal positives as future work. A sample's
    window lies in one date; ``other`` names another date drawn at random, the region
    of it that covers the window, and the matrix from window to region pixels, exact
    for any offset, pixel size and rotation of the two. ``LoadRaster`` reads it and
    ``MakeViews`` takes every view but the first from it. A window of which no other
    date shows enough gives both views itself. With ``gsd`` the other date, of any CRS,
    is read on the window's own grid.

    Args:
        images: See ``WindowDataset``.
        window: Side of a window in pixels of its own date.
        pipeline: See ``WindowDataset``.
        place: How rasters are grouped into places; see ``Places``.
        **kwargs: Of ``WindowDataset``; ``max_invalid_share`` bounds either date.
    """

    def __init__(
        self,
        images: str | Sequence[str],
        window: int,
        pipeline: Sequence[dict],
        place: str | None = None,
        **kwargs,
    ) -> None:
        super().__init__(images, window, pipeline, **kwargs)
        if self.windows_per_region != 1:
            raise UserError(
                'windows_per_region has no meaning for DatesDataset, whose other dates '
                'lie in other files; leave it at 1.'
            )
        if self.pixel_size is not None:
            raise UserError(
                'pixel_size has no meaning for DatesDataset, which finds other dates '
                'by where rasters lie; georeference them, or leave it out.'
            )
        infos = self.index.infos
        if self.gsd is not None:
            # Grids of one pixel size may be of several CRS: compare them in degrees.
            infos = [geographic(info) for info in infos]
        self.places = Places(infos, place)

    def describe(
        self,
        scene: int,
        window: Window,
        index: int = 0,
        rng: np.random.Generator | None = None,
    ) -> Described:
        """The sample of a window, with another date where there is one."""
        sample = super().describe(scene, window, index, rng)
        others = self._other_dates(scene, window)
        if not others:
            return sample
        number, matrix = others[int(sample['rng'].integers(len(others)))]
        path = self.index.infos[number].path
        if self.gsd is None:
            region = covering_window(matrix, window.width, window.height)
            sample['other'] = OtherDate(
                raster_path=path, window=region, matrix=from_region(matrix, region)
            )
        else:
            grid = GroundGrid(self.sources[number], self.index.infos[scene])
            sample['other'] = OtherDate(
                raster_path=path, window=window, matrix=matrix, grid=grid
            )
        return sample

    def _other_dates(self, scene: int, window: Window) -> list[tuple[int, np.ndarray]]:
        """Dates that cover enough of a window, with their ``window_to_raster``."""
        infos, found = self.index.infos, []
        if self.gsd is None:
            bounds = ground_bounds(infos[scene], window)
        else:
            bounds = ground_bounds(geographic(part_of(infos[scene], window)))
        for number in self.places.near(scene, bounds):
            if self.gsd is None:
                matrix = window_to_raster(infos[scene], window, infos[number])
                share = covered_share(matrix, *window[2:], infos[number])
            else:
                matrix = np.eye(3)
                share = covered(self.sources[number], infos[scene], window)
            if share > 0 and 1 - share <= self.max_invalid_share:
                found.append((int(number), matrix))
        return found

    def _valid_share(self, sample: Sample) -> float:
        share = super()._valid_share(sample)
        if 'other' not in sample:
            return share
        other, size = sample['other'], sample['valid'].shape[::-1]
        seen = warp_mask(other['valid'], np.linalg.inv(other['matrix']), size)
        return min(share, seen.mean())

    def dated_share(self) -> float:
        """Share of windows with another date, of a bounded number."""
        rng = np.random.default_rng(0)
        picks = np.linspace(0, len(self) - 1, min(len(self), SHARE_WINDOWS))
        windows = [self._window(int(pick), rng) for pick in picks]
        dated = [len(self._other_dates(*window)) > 0 for window in windows]
        return float(np.mean(dated))
