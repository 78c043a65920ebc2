"""What every step of a pipeline makes of a sample, and what is odd in its views."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import torch
from mmengine.registry import MODELS
from torch.utils.data import Dataset

from ..datasets.sampler import SampleKey
from ..datasets.transforms import AugmentWindow, MakeViews
from ..datasets.transforms.geometry import warp
from ..datasets.transforms.value_range import Limit
from ..datasets.transforms.views import source_of_view
from ..datasets.windows import WindowDataset
from ..errors import UserError
from ..models.heads import LocalMatchingHead
from ..models.matching.region_matching import MatchedRegions
from ..rasters.raster_io import RasterInfo, raster_info
from .values import BandValues

FLAT_SHARE = 0.05
"""A view whose values spread less than this share of those it shows is flat."""


class Stage(NamedTuple):
    """A step of the pipeline and the sample as it leaves the step."""

    step: Any
    sample: dict


class Trace(NamedTuple):
    """A sample from the raster to the model: the stages and what is packed."""

    stages: list[Stage]
    packed: dict

    @property
    def plain(self) -> dict:
        """As read."""
        return self.stages[0].sample

    @property
    def views(self) -> list[dict]:
        """Its views; none where no step makes any."""
        viewed = self.first('views')
        return [] if viewed is None else viewed['views']

    def first(self, key: str) -> dict | None:
        """The sample after the first step that added ``key``."""
        return next((s.sample for s in self.stages if key in s.sample), None)

    def after(self, kind: type) -> Stage | None:
        """The stage of the step of a class."""
        return next((s for s in self.stages if isinstance(s.step, kind)), None)

    @property
    def info(self) -> RasterInfo:
        """Header of the raster, or of the ground grid, that the window counts in."""
        grid = self.plain.get('grid')
        return grid.target if grid else raster_info(self.plain['raster_path'])


def trace(
    dataset: WindowDataset, index: int, seed: int, whole: Dataset | None = None
) -> Trace:
    """A sample with what each step leaves, drawn as in a training.

    Args:
        dataset: Whose pipeline is watched.
        index: Of the sample, in ``whole``.
        seed: Of its randomness.
        whole: What the data set is a domain of.
    """
    stages: list[Stage] = []

    def watch(number: int, step: Callable) -> Callable:
        def run(sample: dict) -> dict:
            result = step(sample)
            if number == 0:
                # A window with too little valid is drawn again, from the first step.
                stages.clear()
            if isinstance(result, dict) and 'img' in result:
                stages.append(Stage(step, _copied(result)))
            return result

        return run

    steps = dataset.transforms
    dataset.transforms = [watch(number, step) for number, step in enumerate(steps)]
    try:
        packed = (dataset if whole is None else whole)[SampleKey(seed, 0, index)]
    finally:
        dataset.transforms = steps
    return Trace(stages, packed)


@dataclass
class SampleFacts:
    """Facts of samples that went through the pipeline.

    Attributes:
        inputs: What reaches the model, before it normalises; None without.
        value_range: What the photometry takes for black and white.
        views: Number of views, or of augmented windows.
        flat_views: Names of those that show next to nothing of their window.
        matched: Number of matched regions of every sample.
        regions: Number of regions to match.
    """

    inputs: BandValues | None = None
    value_range: tuple[Limit, Limit] | None = None
    views: int = 0
    flat_views: list[str] = field(default_factory=list)
    matched: list[int] = field(default_factory=list)
    regions: int = 0

    def add(self, trace: Trace, regions: MatchedRegions | None) -> None:
        """Adds a sample and its matched regions."""
        for image, valid in packed_inputs(trace):
            if self.inputs is None:
                self.inputs = BandValues(1, image.shape[2])
            self.inputs.add(0, image[valid])
        pairs = _views(trace)
        self.views += len(pairs)
        self.flat_views += [name for name, *pair in pairs if _is_flat(*pair)]
        if regions is not None:
            self.matched.append(int(regions.keep.sum()))
            self.regions = regions.keep.shape[1]


def read_samples(dataset: WindowDataset, model: Mapping, count: int) -> SampleFacts:
    """Facts of some samples, evenly spread, of a data set with a whole pipeline."""
    facts = SampleFacts(value_range=range_of_steps(dataset.transforms))
    if len(dataset.transforms) < 2:
        return facts
    picks = np.linspace(0, len(dataset) - 1, min(len(dataset), count)).astype(int)
    # A training draws the same whether its data were looked at or not.
    with torch.random.fork_rng(devices=[]):
        head = build_local_head(model)
        for index in picks.tolist():
            sample = trace(dataset, index, 0)
            facts.add(sample, matched_regions(head, sample))
    return facts


def range_of_steps(steps: Sequence[Any]) -> tuple[Limit, Limit] | None:
    """What photometry takes for black and white; None where there is none."""
    for step in steps:
        views = step.views if isinstance(step, MakeViews) else []
        if any(view['photometry'] for view in views):
            return step.value_range.low, step.value_range.high
        if isinstance(step, AugmentWindow) and step.photometry:
            return step.value_range.low, step.value_range.high
    return None


def build_local_head(model: Mapping) -> LocalMatchingHead | None:
    """The part of a model that draws regions; None where it has none.

    Balanced draws follow the maps of a network; places are then drawn uniformly.

    Raises:
        UserError: The settings of the head are wrong.
    """
    settings = model.get('local_head')
    if not settings:
        return None
    uniform = dict(settings)
    if settings.get('sampling') == 'balanced':
        uniform.update(sampling='uniform')
    try:
        head = MODELS.build(uniform)
    except (KeyError, TypeError) as error:
        raise UserError(
            f'model.local_head cannot be built ({error}); correct its type and '
            f'arguments.'
        ) from error
    return head if isinstance(head, LocalMatchingHead) else None


def matched_regions(
    head: LocalMatchingHead | None, trace: Trace
) -> MatchedRegions | None:
    """Regions of the two views that training would match, or None."""
    inputs = trace.packed.get('inputs')
    if head is None or not isinstance(inputs, list) or len(inputs) != 2:
        return None
    # What it draws uniformly asks for no maps.
    return head.match(torch.empty(0), [trace.packed['data_samples']])


def packed_inputs(trace: Trace) -> list[tuple[np.ndarray, np.ndarray]]:
    """What goes to the model, ``(H, W, C)``, with its validity."""
    inputs, sample = trace.packed.get('inputs'), trace.packed.get('data_samples')
    if inputs is None or sample is None or 'valid' not in sample:
        return []
    if not isinstance(inputs, list):
        inputs, valid = [inputs], sample.valid.data
    else:
        valid = sample.valid
    return [
        (image.permute(1, 2, 0).numpy(), mask.numpy())
        for image, mask in zip(inputs, valid, strict=True)
    ]


def _views(trace: Trace) -> list[tuple[str, dict, dict]]:
    """Name, view and what it shows of its window as read, of every view."""
    plain = trace.plain
    place = f'{plain["raster_path"]} at {tuple(plain["window"])[:2]}'
    if not trace.views:
        last = trace.stages[-1].sample
        # A step that changes the type also changes the units.
        same = last['img'].dtype == plain['img'].dtype
        return [(place, last, plain)] if same else []
    return [
        (f'view {number + 1} of {place}', view, _before_photometry(plain, view, number))
        for number, view in enumerate(trace.views)
    ]


def _before_photometry(plain: Any, view: dict, number: int) -> dict:
    source, matrix = source_of_view(plain, view['homography'], number > 0)
    size = view['valid'].shape[::-1]
    image = warp(source['img'], matrix, size, nearest=False, border=None)
    return dict(img=image, valid=view['valid'])


def _is_flat(view: dict, source: dict) -> bool:
    if not view['valid'].any() or not source['valid'].any():
        return False
    spread = source['img'][source['valid']].std(0, dtype=np.float64)
    left = view['img'][view['valid']].std(0, dtype=np.float64)
    return bool(spread.any() and (left <= FLAT_SHARE * spread).all())


def _copied(sample: dict) -> dict:
    """Arrays of their own, for later steps may write into them."""
    copy = {
        key: value.copy() if isinstance(value, np.ndarray) else value
        for key, value in sample.items()
    }
    if 'views' in sample:
        copy['views'] = [dict(view) for view in sample['views']]
    return copy
