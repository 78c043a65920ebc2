"""Whether anything of a data set is valid at all."""

import numpy as np

from ..datasets.windows import WindowDataset
from ..errors import UserError
from ..rasters.resample import read_on
from ..rasters.validity_text import validity_text


def check_any_valid(dataset: WindowDataset) -> None:
    """Refuses a data set of which no window holds a valid pixel.

    Raises:
        UserError: It is so; every listed window, or the grid, was read.
    """
    order = np.random.default_rng(0).permutation(dataset.fixed_windows())
    for number in order.tolist():
        scene, window = dataset.fixed_window(number)
        path = dataset.index.infos[scene].path
        if read_on(dataset.grids[scene], path, window, dataset.choice)[1].any():
            return
    path = dataset.sources[0].path
    raise UserError(
        f'No pixel of the data set is valid, in none of its {len(order)} windows; '
        f'the first raster is {path}, where validity follows from '
        f'{validity_text(path, dataset.choice)}. Check that, the windows file and, '
        f'with gsd, the georeference.'
    )
