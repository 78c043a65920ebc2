"""The data set of a config, and what every step of its pipeline makes of a sample."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from mmengine.config import Config
from mmengine.registry import DATASETS, init_default_scope
from torch.utils.data import Dataset

from ..datasets.domains import DomainDataset
from ..datasets.sampler import SampleKey
from ..datasets.windows import WindowDataset
from ..errors import UserError
from ..rasters.raster_io import RasterInfo, raster_info


class Stage(NamedTuple):
    """A step of the pipeline and the sample as it leaves the step."""

    step: Callable
    sample: dict


class Trace(NamedTuple):
    """A sample from the raster to the model: the stages and what is packed."""

    stages: list[Stage]
    packed: dict

    @property
    def plain(self) -> dict:
        """As read."""
        return self.stages[0].sample

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


class Part(NamedTuple):
    """A data set that reads rasters: the whole one, or a domain of a mixture."""

    name: str
    dataset: WindowDataset
    trace: Callable[[int, int], Trace]
    """Sample of an index and a seed."""


class _Recorder:
    """Keeps what each step of a pipeline leaves, without changing its draws."""

    def __init__(self, dataset: WindowDataset) -> None:
        self.stages: list[Stage] = []
        steps = dataset.transforms
        dataset.transforms = [self._watch(step, i) for i, step in enumerate(steps)]

    def _watch(self, step: Callable, number: int) -> Callable:
        def run(sample: dict) -> dict:
            result = step(sample)
            if number == 0:
                # A window with too little valid is drawn again, from the first step.
                self.stages.clear()
            if isinstance(result, dict) and 'img' in result:
                self.stages.append(Stage(step, _copied(result)))
            return result

        return run


def dataset_parts(config: Config, split: str) -> list[Part]:
    """The data set of a split, one part per domain.

    Raises:
        UserError: There is none, or not one of rasters.
    """
    loader = config.get(f'{split}_dataloader')
    if not loader or 'dataset' not in loader:
        have = [s for s in ('train', 'val', 'test') if config.get(f'{s}_dataloader')]
        raise UserError(
            f'{config.filename} has no data set in {split}_dataloader; '
            + (f'choose --split {" or ".join(have)}.' if have else 'add one.')
        )
    init_default_scope(config.get('default_scope') or 'mmengine')
    try:
        dataset = DATASETS.build(loader.dataset)
    except (KeyError, TypeError) as error:
        raise UserError(
            f'The data set of {split}_dataloader in {config.filename} cannot be built '
            f'({error}); correct its type and arguments.'
        ) from error
    parts = dataset.datasets if isinstance(dataset, DomainDataset) else [dataset]
    for part in parts:
        if not isinstance(part, WindowDataset):
            raise UserError(
                f'{split}_dataloader in {config.filename} has a '
                f'{type(part).__name__}, which holds no windows of rasters; use '
                f'WindowDataset or a data set made from it.'
            )
        if not len(part):
            raise UserError(f'{split}_dataloader in {config.filename} has no windows.')
    if isinstance(dataset, WindowDataset):
        return [_part(dataset, dataset, '', 0, 1)]
    count = len(parts)
    return [_part(dataset, p, f'domain {n}', n, count) for n, p in enumerate(parts)]


def _part(
    whole: Dataset, dataset: WindowDataset, name: str, first: int, step: int
) -> Part:
    recorder = _Recorder(dataset)

    def trace(index: int, seed: int) -> Trace:
        packed = whole[SampleKey(seed, 0, index * step + first)]
        return Trace(list(recorder.stages), packed)

    return Part(name, dataset, trace)


def _copied(sample: dict) -> dict:
    """Arrays of their own, for later steps may write into them."""
    copy = {
        key: value.copy() if isinstance(value, np.ndarray) else value
        for key, value in sample.items()
    }
    if 'views' in sample:
        copy['views'] = [dict(view) for view in sample['views']]
    return copy
