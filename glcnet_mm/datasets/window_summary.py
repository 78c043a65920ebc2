"""Facts of a data set for the table at the start of a run."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from ..rasters.ground_grid import pixel_metres
from ..rasters.raster_io import Window
from ..rasters.resample import read_on
from ..rasters.validity_text import validity_of
from .labels import IGNORE
from .transforms.loading import LoadLabel

if TYPE_CHECKING:
    from .windows import WindowDataset


def summarise(
    dataset: 'WindowDataset', windows: Iterable[tuple[int, Window]]
) -> dict[str, object]:
    """Facts of the files, and of what some windows hold.

    Args:
        dataset: Theirs.
        windows: Scenes and places to read.

    Returns:
        ``validity``, what tells it in the files of these windows, in words;
        ``files, small_files`` (smaller than a window) and ``first_small``,
        ``windows, bands, dtypes, valid_share, label_histogram`` (share of each
        class among labelled pixels) and ``unknown_label_pixels``; ``pixel_metres``,
        the least and the greatest ground sample distance of the files, None when
        no file says it, ``gsd``, what they are resampled to,
        ``unlocated_files`` (of unknown pixel size) and ``first_unlocated``.
    """
    valid, counts, unknown, paths = [], np.zeros(IGNORE + 1, np.int64), 0, set()
    for scene, window in windows:
        sample = dataset.describe(scene, window)
        path = sample['raster_path']
        valid.append(read_on(sample['grid'], path, window, dataset.choice)[1].mean())
        paths.add(path)
        if dataset.label_paths is not None:
            sample = LoadLabel()(sample)
            counts += np.bincount(sample['gt_seg_map'].ravel(), minlength=256)
            unknown += sample['unknown_label_pixels']
    labelled = max(counts[:IGNORE].sum(), 1)
    infos, side = dataset.index.infos, dataset.index.window
    small = [i.path for i in infos if min(i.width, i.height) < side]
    metres = pixel_metres(dataset.sources, dataset.pixel_size)
    known = np.isfinite(metres)
    unlocated = [dataset.sources[number].path for number in np.flatnonzero(~known)]
    return dict(
        pixel_metres=(metres[known].min(), metres[known].max())
        if known.any()
        else None,
        gsd=dataset.gsd,
        unlocated_files=len(unlocated),
        first_unlocated=unlocated[0] if unlocated else None,
        files=len(infos),
        small_files=len(small),
        first_small=small[0] if small else None,
        windows=len(dataset),
        bands=infos[0].bands,
        dtypes=sorted(Counter(info.dtype for info in infos)),
        validity=validity_of(paths, dataset.choice),
        valid_share=float(np.mean(valid)),
        label_histogram={
            name: float(counts[i] / labelled)
            for i, name in enumerate(dataset.metainfo['classes'])
        },
        unknown_label_pixels=unknown,
    )
