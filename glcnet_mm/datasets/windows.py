"""The data set: windows of rasters, with or without labels."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.registry import DATASETS, TRANSFORMS
from torch.utils.data import Dataset

from ..errors import UserError
from ..rasters.raster_io import Window
from ..rasters.references import allow_folder
from ..rasters.resample import GroundGrid, label_grid
from ..rasters.sources import find_rasters, pair_labels
from ..rasters.validity import BandChoice
from .catalogue import Catalogue
from .empty_rasters import check_has_data, may_be_empty
from .label_settings import Labels, label_settings
from .old_spelling import reads_old_spelling
from .raster_index import RasterIndex, read_infos
from .sample_keys import Described, Sample
from .sampler import SampleKey
from .sampling_settings import Sampling, group
from .scenes import check_sizes, on_ground
from .shared_reads import GroupDraws
from .windows_file import read_windows

MAX_REDRAWS = 100


@DATASETS.register_module()
class WindowDataset(Dataset):
    """Windows of many rasters, read when asked for; nothing is cut beforehand.

    Args:
        images: Files, folders, patterns or list files; see ``find_rasters``.
        window: Side of a window in pixels.
        pipeline: Transforms; the first is ``LoadRaster``.
        data_root: Folder that relative paths start from.
        sampling: Which windows an epoch takes; see ``Sampling``.
        gsd: Metres on the ground that a pixel shall cover: every raster is resampled
            to it when read, and ``window``, the stride and listed windows count these
            pixels. None reads the rasters' own pixels.
        pixel_size: Side of a pixel on the ground, in metres, of rasters without a CRS,
            such as PNG and JPEG tiles.
        labels: Folder of labels, path replacements or a list of labels; see
            ``pair_labels``. With more to say of them, ``dict(files=..., ids=...)``;
            see ``LabelSettings``.
        classes: Names of the classes.
        palette: One RGB colour per class, for maps and figures.
        catalogue: File that notes the headers of images and labels, so that the next
            start opens only what has changed; see ``Catalogue``.
    """

    @reads_old_spelling
    def __init__(  # noqa: PLR0913, they are keys of configs
        self,
        images: str | Sequence[str],
        window: int,
        pipeline: Sequence[dict],
        data_root: str = '',
        sampling: Mapping | None = None,
        gsd: float | None = None,
        pixel_size: float | None = None,
        labels: Labels = None,
        classes: Sequence[str] = (),
        palette: Sequence[Sequence[int]] | None = None,
        catalogue: str | None = None,
    ) -> None:
        drawn = group(Sampling, 'sampling', sampling)
        labelled = label_settings(labels)
        allow_folder(data_root)
        self.transforms = [TRANSFORMS.build(dict(t)) for t in pipeline]
        self.choice = getattr(next(iter(self.transforms), None), 'choice', BandChoice())
        noted = Catalogue(catalogue)
        paths = find_rasters(images, data_root)
        self.gsd, self.pixel_size = gsd, pixel_size
        ground = on_ground(read_infos(paths, noted, self.choice), gsd, pixel_size)
        self.sources, seen, self.grids = ground
        self.index = RasterIndex(seen, window, drawn.stride)
        self.num_windows = drawn.num_windows
        self.windows_per_region = drawn.windows_per_region
        self.draws = GroupDraws(self.index, drawn.windows_per_region)
        self.max_invalid_share = drawn.max_invalid_share
        self.label_paths: list[str] | None = None
        self.label_grids: list[GroundGrid | None] = [None] * len(paths)
        if labelled.files is not None:
            self.label_paths = pair_labels(paths, labelled.files, data_root)
            found = noted.headers(self.label_paths)
            if gsd is None:
                check_sizes(self.sources, found)
            else:
                self.label_grids = list(map(label_grid, found, self.sources, seen))
        self.decoder = labelled.decoder(classes)
        self.metainfo: dict[str, Any] = dict(
            classes=tuple(classes),
            palette=[list(c) for c in palette or labelled.colours or []],
        )
        self.listed = None
        if drawn.windows_file is not None:
            self.listed = read_windows(drawn.windows_file, self.index.infos, window)
        doubtful = [i for i in self.sources if may_be_empty(i, self.choice)]
        noted.check_data(doubtful, check_has_data, self.choice)

    def __len__(self) -> int:
        if self.listed is not None:
            return len(self.listed)
        return len(self.index) if self.num_windows is None else self.num_windows

    def __getitem__(self, key: SampleKey | int) -> dict:
        """One sample; a plain number stands for seed 0 and epoch 0.

        Raises:
            UserError: No window with enough valid pixels was found.
        """
        key = key if isinstance(key, SampleKey) else SampleKey(0, 0, int(key))
        if not 0 <= key.index < len(self):
            raise IndexError(f'Window {key.index} of {len(self)}')
        rng = np.random.default_rng(list(key))
        for attempt in range(MAX_REDRAWS):
            scene, window, region = self._draw(key, attempt, rng)
            described = self.describe(scene, window, key.index, rng)
            sample = self._run(Sample(**described, region=region))
            if sample is not None:
                return sample
        raise UserError(
            f'{MAX_REDRAWS} windows in turn, the last one {tuple(window)} of '
            f'{self.index.infos[scene].path}, had more than '
            f'{self.max_invalid_share:.0%} invalid pixels; raise max_invalid_share or '
            f'leave out the rasters that are mostly nodata.'
        )

    def fixed_windows(self) -> int:
        """Number of listed windows, or of those of the grid."""
        return len(self.index) if self.listed is None else len(self.listed)

    def fixed_window(self, number: int) -> tuple[int, Window]:
        """Scene and place of a listed window, or of one of the grid."""
        return self.index[number] if self.listed is None else self.listed[number]

    def _draw(
        self, key: SampleKey, attempt: int, rng: np.random.Generator
    ) -> tuple[int, Window, Window | None]:
        if self.windows_per_region > 1:
            return self.draws.draw(key, attempt, rng)
        index = int(rng.integers(len(self))) if attempt else key.index
        return *self._window(index, rng), None

    def _window(self, index: int, rng: np.random.Generator) -> tuple[int, Window]:
        if self.listed is None and self.num_windows is not None:
            return self.index.random_window(rng)
        return self.fixed_window(index)

    def describe(
        self,
        scene: int,
        window: Window,
        index: int = 0,
        rng: np.random.Generator | None = None,
    ) -> Described:
        """The sample of a window before its pipeline."""
        path = self.index.infos[scene].path
        label = self.label_paths[scene] if self.label_paths else None
        return Described(
            raster_path=path,
            label_path=label,
            label_decoder=self.decoder,
            grid=self.grids[scene],
            label_grid=self.label_grids[scene],
            window=window,
            rng=np.random.default_rng(0) if rng is None else rng,
            sample_idx=index,
            img_path=path,
            seg_map_path=label,
            seg_fields=[],
            reduce_zero_label=False,
        )

    def _run(self, sample: Sample) -> dict | None:
        """The pipeline's result, or None when too little of the window is valid."""
        results: Any = sample
        for step, transform in enumerate(self.transforms):
            results = transform(results)
            if step == 0 and self.max_invalid_share < 1:
                if 1 - self._valid_share(results) > self.max_invalid_share:
                    return None
        return results

    def _valid_share(self, sample: Sample) -> float:
        return sample['valid'].mean()
