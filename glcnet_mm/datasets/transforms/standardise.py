"""One scale for views of several sensors."""

from collections.abc import Sequence

import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

from ...errors import UserError
from ...stats_file import read_scale
from ..sample_keys import Sample


@TRANSFORMS.register_module()
class StandardiseViews(BaseTransform):
    """Brings the views of a data set to ``(x - mean) / std`` in float32.

    For data sets that are mixed but hold values of different units; the model's
    pre-processor then has mean 0 and std 1.

    Args:
        mean: One value for all bands, or one per band, in the raster's own units.
        std: The same for the scale.
        stats: File of ``tools/compute_stats.py`` instead of both.
    """

    def __init__(
        self,
        mean: float | Sequence[float] | None = None,
        std: float | Sequence[float] | None = None,
        stats: str | None = None,
    ) -> None:
        mean, std = read_scale(mean, std, stats)
        self.mean, self.std = (np.asarray(v, np.float32) for v in (mean, std))
        if (self.std <= 0).any():
            raise UserError(f'std must be positive for every band, got {std}')

    def transform(self, results: Sample) -> Sample:
        """Scales; see the class."""
        for view in results['views']:
            bands = view['img'].shape[-1]
            if {self.mean.size, self.std.size} - {1, bands}:
                raise UserError(
                    f'{results["raster_path"]} is read with {bands} bands but '
                    f'StandardiseViews has {self.mean.size} values of mean and '
                    f'{self.std.size} of std: set one per band, or a single one.'
                )
            view['img'] = (view['img'].astype(np.float32) - self.mean) / self.std
        return results
