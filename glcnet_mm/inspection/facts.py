"""What the windows of a sample hold: values, classes, views, regions."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..datasets.label_survey import Absence
from ..datasets.labels import IGNORE
from ..datasets.transforms import AugmentWindow, MakeViews
from ..datasets.transforms.geometry import warp
from ..datasets.transforms.loading import read_label
from ..datasets.transforms.value_range import Limit
from ..models.matching.region_matching import MatchedRegions
from ..rasters.alignment import beside, geotransform
from ..rasters.raster_io import RasterInfo, raster_info
from .pipeline_trace import Trace

KEPT_PIXELS = 4096
"""Of every window, for quantiles; extremes are those of all pixels."""
FLAT_SHARE = 0.05
"""A view whose values spread less than this share of those it shows is flat."""


@dataclass
class BandValues:
    """Valid values of every band, from a bounded number of pixels of each window."""

    low: np.ndarray | None = None
    high: np.ndarray | None = None
    rows: list[np.ndarray] = field(default_factory=list)

    def add(self, image: np.ndarray, valid: np.ndarray) -> None:
        """Adds a window ``(H, W, C)`` with its validity ``(H, W)``."""
        pixels = image[valid]
        if not len(pixels):
            return
        low, high = pixels.min(0), pixels.max(0)
        self.low = low if self.low is None else np.minimum(self.low, low)
        self.high = high if self.high is None else np.maximum(self.high, high)
        step = -(-len(pixels) // KEPT_PIXELS)
        # A stride that divides the width would see a few columns only.
        order = np.random.default_rng(0).permutation(len(pixels)) if step > 1 else ...
        self.rows.append(pixels[order][:KEPT_PIXELS].astype(np.float64))

    def values(self) -> np.ndarray:
        """``(N, C)``; no rows where nothing is valid."""
        return np.concatenate(self.rows) if self.rows else np.zeros((0, 0))


@dataclass
class Facts:
    """Facts of some windows of a data set, and what is needed to judge them.

    ``absent`` and ``notes`` concern all of its labels and headers.
    """

    classes: tuple[str, ...] = ()
    windows: int = 0
    valid_shares: list[float] = field(default_factory=list)
    bands: BandValues = field(default_factory=BandValues)
    inputs: BandValues = field(default_factory=BandValues)
    value_range: tuple[Limit, Limit] | None = None
    labelled: bool = False
    label_counts: np.ndarray = field(
        default_factory=lambda: np.zeros(IGNORE + 1, np.int64)
    )
    unknown_colours: Counter = field(default_factory=Counter)
    absent: list[Absence] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    misplaced: dict[str, str] = field(default_factory=dict)
    views: int = 0
    flat_views: list[str] = field(default_factory=list)
    matched: list[int] = field(default_factory=list)
    regions: int = 0

    def add(self, trace: Trace, regions: MatchedRegions | None) -> None:
        """Adds a sample."""
        plain = trace.plain
        self.windows += 1
        self.valid_shares.append(float(plain['valid'].mean()))
        self.bands.add(plain['img'], plain['valid'])
        self.value_range = photometry_range(trace)
        labelled = trace.first('gt_seg_map')
        if labelled is not None:
            self._add_label(labelled, trace.info)
        for image, valid in packed_inputs(trace):
            self.inputs.add(image, valid)
        self._add_views(trace)
        if regions is not None:
            self.matched.append(int(regions.keep.sum()))
            self.regions = regions.keep.shape[1]

    def _add_label(self, sample: dict, info: RasterInfo) -> None:
        self.labelled = True
        labels, path = sample['gt_seg_map'], sample['label_path']
        self.label_counts += np.bincount(labels[sample['valid']], minlength=IGNORE + 1)
        if sample['unknown_label_pixels']:
            self.unknown_colours += unknown_colours(sample)
        if path not in self.misplaced and sample['label_grid'] is None:
            self.misplaced[path] = misplacement(info, raster_info(path))

    def _add_views(self, trace: Trace) -> None:
        plain, viewed = trace.plain, trace.first('views')
        place = f'{plain["raster_path"]} at {tuple(plain["window"])[:2]}'
        if viewed is None:
            last = trace.stages[-1].sample
            # A step that changes the type also changes the units.
            same = last['img'].dtype == plain['img'].dtype
            pairs = [(place, last, plain)] if same else []
        else:
            pairs = [
                (
                    f'view {number + 1} of {place}',
                    view,
                    before_photometry(plain, view, number),
                )
                for number, view in enumerate(viewed['views'])
            ]
        self.views += len(pairs)
        self.flat_views += [name for name, *pair in pairs if _is_flat(*pair)]


def before_photometry(plain: dict, view: dict, number: int) -> dict:
    """What a view shows of its window, or of the other date, as read."""
    source, matrix = plain, view['homography']
    if number and 'other' in plain:
        source = plain['other']
        matrix = matrix @ np.linalg.inv(source['matrix'])
    size = view['valid'].shape[::-1]
    image = warp(source['img'], matrix, size, nearest=False, border=None)
    return dict(img=image, valid=view['valid'])


def photometry_range(trace: Trace) -> tuple[Limit, Limit] | None:
    """What the photometry takes for black and white; None where there is none."""
    return range_of_steps([step for step, _ in trace.stages])


def range_of_steps(steps: Sequence[object]) -> tuple[Limit, Limit] | None:
    """The same of the steps of a pipeline."""
    for step in steps:
        views = step.views if isinstance(step, MakeViews) else []
        if any(view['photometry'] for view in views):
            return step.value_range.low, step.value_range.high
        if isinstance(step, AugmentWindow) and step.photometry:
            return step.value_range.low, step.value_range.high
    return None


def packed_inputs(trace: Trace) -> list[tuple[np.ndarray, np.ndarray]]:
    """What goes to the model, ``(H, W, C)``, with its validity."""
    inputs, sample = trace.packed.get('inputs'), trace.packed.get('data_samples')
    if inputs is None or 'valid' not in sample:
        return []
    if not isinstance(inputs, list):
        inputs, valid = [inputs], sample.valid.data
    else:
        valid = sample.valid
    return [
        (image.permute(1, 2, 0).numpy(), mask.numpy())
        for image, mask in zip(inputs, valid, strict=True)
    ]


def unknown_colours(sample: dict) -> Counter:
    """Colours in the label of a window that are no class, with their pixels."""
    path, decoder = sample['label_path'], sample['label_decoder']
    raw, valid = read_label(path, decoder, sample['window'], sample['label_grid'])
    unknown = valid & (sample['gt_seg_map'] == IGNORE)
    colours, counts = np.unique(raw[unknown][:, :3], axis=0, return_counts=True)
    return Counter(
        dict(zip(map(tuple, colours.tolist()), counts.tolist(), strict=True))
    )


def misplacement(image: RasterInfo, label: RasterInfo) -> str:
    """How the place of a label differs from its image's; empty where it does not.

    A label that does not say where it lies has the place of its image.
    """
    if image.crs is None or label.crs is None:
        return ''
    if image.crs != label.crs:
        return f'is in {label.crs.to_string()}, its image in {image.crs.to_string()}'
    label = beside(label, float(geotransform(image)[0, 2]))
    to_image = np.linalg.solve(geotransform(image), geotransform(label))
    corners = np.array([[0, 0, 1], [label.width, label.height, 1]]).T
    off = abs((to_image @ corners - corners)[:2]).max()
    return f'lies {off:.3g} pixels off its image' if off > 0.5 else ''


def _is_flat(view: dict, source: dict) -> bool:
    if not view['valid'].any() or not source['valid'].any():
        return False
    spread = source['img'][source['valid']].std(0, dtype=np.float64)
    left = view['img'][view['valid']].std(0, dtype=np.float64)
    return bool(spread.any() and (left <= FLAT_SHARE * spread).all())
