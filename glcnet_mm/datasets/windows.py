"""The data set: windows of rasters, with or without labels."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from mmengine.registry import DATASETS, TRANSFORMS
from torch.utils.data import Dataset

from ..errors import UserError
from ..rasters.ground_grid import ground_grids, pixel_metres, sized
from ..rasters.raster_io import RasterInfo, Window, read_window
from ..rasters.references import allow_folder
from ..rasters.resample import GroundGrid, label_grid, read_on
from ..rasters.sources import find_rasters, pair_labels
from ..rasters.validity import BandChoice
from ..rasters.validity_text import validity_of, validity_text
from .catalogue import Catalogue
from .labels import IGNORE, LabelDecoder
from .raster_index import RasterIndex, read_infos
from .sampler import SampleKey
from .shared_reads import GroupDraws
from .transforms.loading import LoadLabel
from .windows_file import read_windows

MAX_REDRAWS = 100
SUMMARY_WINDOWS = 64


@DATASETS.register_module()
class WindowDataset(Dataset):
    """Windows of many rasters, read when asked for; nothing is cut beforehand.

    Args:
        images: Files, folders, patterns or list files; see ``find_rasters``.
        window: Side of a window in pixels.
        pipeline: Transforms; the first is ``LoadRaster``.
        data_root: Folder that relative paths start from.
        stride: Of the grid, in pixels; the side when None.
        num_windows: Draw this many random windows per epoch instead of the grid.
        windows_per_region: With ``num_windows``: this many neighbouring samples come
            from one place, which is read once; see ``regions``.
        windows_file: Use only the listed windows of the grid; ``tools/make_splits``.
        max_invalid_share: Draw another window when more of one is nodata.
        gsd: Metres on the ground that a pixel shall cover: every raster is resampled
            to it when read, and ``window``, ``stride`` and listed windows count these
            pixels. None reads the rasters' own pixels.
        pixel_size: Side of a pixel on the ground, in metres, of rasters without a CRS,
            such as PNG and JPEG tiles.
        labels: Folder of labels, path replacements or a list of labels; see
            ``pair_labels``.
        classes: Names of the classes.
        palette: One RGB colour per class, for maps and figures.
        label_ids: ``{raw id: class or 'ignore'}``.
        label_colours: One RGB colour per class, for labels stored as colours.
        ignored_colours: Colours of such labels that mean no class.
        catalogue: File that notes the headers of images and labels, so that the next
            start opens only what has changed; see ``Catalogue``.
    """

    def __init__(  # noqa: PLR0913
        self,
        images: str | Sequence[str],
        window: int,
        pipeline: Sequence[dict],
        data_root: str = '',
        stride: int | None = None,
        num_windows: int | None = None,
        windows_file: str | None = None,
        max_invalid_share: float = 1.0,
        gsd: float | None = None,
        labels: str | Mapping[str, str] | Sequence[str] | None = None,
        classes: Sequence[str] = (),
        palette: Sequence[Sequence[int]] | None = None,
        label_ids: Mapping[int, int | str] | None = None,
        label_colours: Sequence[Sequence[int]] | None = None,
        catalogue: str | None = None,
        windows_per_region: int = 1,
        pixel_size: float | None = None,
        ignored_colours: Sequence[Sequence[int]] = (),
    ) -> None:
        _check_per_region(windows_per_region, num_windows, windows_file)
        allow_folder(data_root)
        self.transforms = [TRANSFORMS.build(dict(t)) for t in pipeline]
        self.choice = getattr(next(iter(self.transforms), None), 'choice', BandChoice())
        noted = Catalogue(catalogue)
        paths = find_rasters(images, data_root)
        self.sources = seen = read_infos(paths, noted, self.choice)
        if pixel_size is not None:
            in_metres = sized(self.sources, pixel_size)
            # Without gsd a raster's own pixels are read, and it lies where it says.
            self.sources = self.sources if gsd is None else in_metres
        self.grids = self.label_grids = [None] * len(paths)
        if gsd is not None:
            seen = ground_grids(self.sources, gsd, pixel_size)
            self.grids = list(map(GroundGrid, self.sources, seen))
        self.index = RasterIndex(seen, window, stride)
        self.gsd, self.pixel_size = gsd, pixel_size
        self.num_windows = num_windows
        self.windows_per_region = windows_per_region
        self.draws = GroupDraws(self.index, windows_per_region)
        self.max_invalid_share = max_invalid_share
        self.label_paths = None
        if labels is not None:
            self.label_paths = pair_labels(paths, labels, data_root)
            found = noted.headers(self.label_paths)
            if gsd is None:
                _check_sizes(self.sources, found)
            else:
                self.label_grids = list(map(label_grid, found, self.sources, seen))
        self.decoder = LabelDecoder(classes, label_ids, label_colours, ignored_colours)
        self.metainfo = dict(
            classes=tuple(classes),
            palette=[list(c) for c in palette or label_colours or []],
        )
        self.listed = None
        if windows_file is not None:
            self.listed = read_windows(windows_file, self.index.infos, window)
        doubtful = [i for i in self.sources if _may_be_empty(i, self.choice)]
        noted.check_data(doubtful, _check_has_data, self.choice)

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
            sample = self._describe(scene, window, key.index, rng)
            sample = self._run(dict(sample, region=region))
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
        """Scene, window and the region that it is read from, if any."""
        if self.windows_per_region > 1:
            return self.draws.draw(key, attempt, rng)
        index = int(rng.integers(len(self))) if attempt else key.index
        return *self._window(index, rng), None

    def _window(self, index: int, rng: np.random.Generator) -> tuple[int, Window]:
        if self.listed is None and self.num_windows is not None:
            return self.index.random_window(rng)
        return self.fixed_window(index)

    def _describe(
        self, scene: int, window: Window, index: int, rng: np.random.Generator
    ) -> dict:
        path = self.index.infos[scene].path
        label = None if self.label_paths is None else self.label_paths[scene]
        return dict(
            raster_path=path,
            label_path=label,
            label_decoder=self.decoder,
            grid=self.grids[scene],
            label_grid=self.label_grids[scene],
            window=window,
            rng=rng,
            sample_idx=index,
            img_path=path,
            seg_map_path=label,
            seg_fields=[],
            reduce_zero_label=False,
        )

    def _run(self, sample: dict) -> dict | None:
        """The pipeline's result, or None when too little of the window is valid."""
        for step, transform in enumerate(self.transforms):
            sample = transform(sample)
            if step == 0 and self.max_invalid_share < 1:
                if 1 - self._valid_share(sample) > self.max_invalid_share:
                    return None
        return sample

    def _valid_share(self, sample: dict) -> float:
        return sample['valid'].mean()

    def check_valid(self) -> None:
        """Refuses a data set of which no window holds a valid pixel.

        Raises:
            UserError: It is so; every listed window, or the grid, was read.
        """
        order = np.random.default_rng(0).permutation(self.fixed_windows())
        for number in order.tolist():
            scene, window = self.fixed_window(number)
            path = self.index.infos[scene].path
            if read_on(self.grids[scene], path, window, self.choice)[1].any():
                return
        raise UserError(
            f'No pixel of the data set is valid, in none of its {len(order)} windows; '
            f'the first raster is {self.sources[0].path}, where validity follows from '
            f'{validity_text(self.sources[0].path, self.choice)}. Check that, the '
            f'windows file and, with gsd, the georeference.'
        )

    def summary(self) -> dict:
        """Facts for the table at the start, from a bounded number of windows.

        Returns:
            ``validity``, what tells it in the files of these windows, in words;
            ``files, small_files`` (smaller than a window) and ``first_small``,
            ``windows, bands, dtypes, valid_share, label_histogram`` (share of each
            class among labelled pixels) and ``unknown_label_pixels``; ``pixel_metres``,
            the least and the greatest ground sample distance of the files, None when
            no file says it, ``gsd``, what they are resampled to,
            ``unlocated_files`` (of unknown pixel size) and ``first_unlocated``.
        """
        rng = np.random.default_rng(0)
        picks = np.linspace(0, len(self) - 1, min(len(self), SUMMARY_WINDOWS))
        valid, counts, unknown = [], np.zeros(IGNORE + 1, np.int64), 0
        paths = set()
        for pick in picks.astype(int):
            scene, window = self._window(int(pick), rng)
            sample = self._describe(scene, window, int(pick), rng)
            read = read_on(sample['grid'], sample['raster_path'], window, self.choice)
            valid.append(read[1].mean())
            paths.add(sample['raster_path'])
            if self.label_paths is not None:
                sample = LoadLabel()(sample)
                counts += np.bincount(sample['gt_seg_map'].ravel(), minlength=256)
                unknown += sample['unknown_label_pixels']
        labelled = max(counts[:IGNORE].sum(), 1)
        infos, side = self.index.infos, self.index.window
        small = [i.path for i in infos if min(i.width, i.height) < side]
        metres = pixel_metres(self.sources, self.pixel_size)
        known = np.isfinite(metres)
        unlocated = [self.sources[number].path for number in np.flatnonzero(~known)]
        return dict(
            pixel_metres=(metres[known].min(), metres[known].max())
            if known.any()
            else None,
            gsd=self.gsd,
            unlocated_files=len(unlocated),
            first_unlocated=unlocated[0] if unlocated else None,
            files=len(infos),
            small_files=len(small),
            first_small=small[0] if small else None,
            windows=len(self),
            bands=infos[0].bands,
            dtypes=sorted(Counter(info.dtype for info in infos)),
            validity=validity_of(paths, self.choice),
            valid_share=float(np.mean(valid)),
            label_histogram={
                name: float(counts[i] / labelled)
                for i, name in enumerate(self.metainfo['classes'])
            },
            unknown_label_pixels=unknown,
        )


def _check_per_region(
    count: int, num_windows: int | None, windows_file: str | None
) -> None:
    if count < 1 or count != int(count):
        raise UserError(f'windows_per_region must be 1, 2, 3, ..., got {count!r}.')
    if count > 1 and (num_windows is None or windows_file is not None):
        raise UserError(
            f'windows_per_region={count} draws random windows: set num_windows, and no '
            f'windows_file, or leave it at 1.'
        )


def _check_sizes(infos: Sequence[RasterInfo], labels: Sequence[RasterInfo]) -> None:
    pairs = zip(infos, labels, strict=True)
    wrong = [p for p in pairs if (p[0].width, p[0].height) != (p[1].width, p[1].height)]
    if wrong:
        info, label = wrong[0]
        more = f' ({len(wrong) - 1} more pairs differ)' if len(wrong) > 1 else ''
        raise UserError(
            f'{label.path} has {label.width}x{label.height} pixels but its image '
            f'{info.path} has {info.width}x{info.height}; they must be equal{more}.'
        )


def _may_be_empty(info: RasterInfo, choice: BandChoice) -> bool:
    """Whether anything could make all pixels of a raster invalid."""
    left_out = {*info.alpha} - {*choice.numbers(info.bands)}
    return bool(info.masked or choice.mask_band or left_out)


def _check_has_data(info: RasterInfo, choice: BandChoice) -> None:
    """Refuses a raster without a valid pixel."""
    side = 64
    for share in (0.5, 0.25, 0.75):
        col, row = (int(share * n) - side // 2 for n in (info.width, info.height))
        place = Window(col, row, side, side)
        if read_window(info.path, place, choice)[1].any():
            return
    lines = max(1, 2**24 // info.width)
    for row in range(0, info.height, lines):
        place = Window(0, row, info.width, lines)
        if read_window(info.path, place, choice)[1].any():
            return
    raise UserError(
        f'{info.path} has no valid pixel: {validity_text(info.path, choice)}; remove '
        f'it from the data set or correct what says so.'
    )
