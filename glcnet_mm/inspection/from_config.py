"""The data of a config, to be looked at rather than learnt from."""

from collections.abc import Mapping
from typing import NamedTuple

from mmengine.config import Config, ConfigDict
from mmengine.registry import DATASETS, TRANSFORMS
from torch.utils.data import Dataset

from ..config import read_config
from ..console.quiet import enter_scope
from ..datasets.domains import DomainDataset
from ..datasets.sampling_settings import with_sampling
from ..datasets.windows import WindowDataset
from ..errors import UserError
from .samples import Trace, trace


class Part(NamedTuple):
    """A data set that reads rasters: the whole one, or a domain of a mixture."""

    name: str
    dataset: WindowDataset
    whole: Dataset
    number: int = 0

    def trace(self, index: int, seed: int) -> Trace:
        """A sample, as the whole gives it."""
        count = len(getattr(self.whole, 'datasets', [self.dataset]))
        return trace(self.dataset, index * count + self.number, seed, self.whole)


def training_config(path: str, options: Mapping | None = None) -> ConfigDict:
    """The config of the training data, wrappers taken off.

    Args:
        path: The config.
        options: Changes to the config, ``{'a.b': value}``.

    Raises:
        MissingFileError: There is no such config.
        UserError: It has no training data or mixes several.
    """
    config = read_config(path, options)
    data = config.get('train_dataloader', {}).get('dataset')
    while data and 'dataset' in data:
        data = data['dataset']
    if data and 'datasets' in data:
        raise UserError(
            f'{path} mixes {len(data["datasets"])} data sets, which may differ in '
            f'their units; give a config, or the images, of one of them.'
        )
    if not data or not data.get('pipeline'):
        raise UserError(f'{path} has no training data: train_dataloader.dataset.')
    return data


def build_reader(data: Mapping, **sampling: object) -> WindowDataset:
    """A data set with its ``LoadRaster`` alone; later steps may need what is yet to be.

    Args:
        data: Of ``training_config``.
        **sampling: Settings that replace those of its ``sampling``.

    Raises:
        UserError: Its samples are no windows of rasters.
    """
    if sampling:
        data = with_sampling(data, **sampling)
    dataset = DATASETS.build(dict(data, pipeline=data['pipeline'][:1]))
    if not isinstance(dataset, WindowDataset):
        raise UserError(
            f'The training data are a {type(dataset).__name__}, but windows of rasters '
            f'are needed: WindowDataset or one of its kinds.'
        )
    return dataset


def build_whole_reader(data: Mapping) -> WindowDataset:
    """The same with the rest of its pipeline, unless that needs what is yet to be."""
    dataset = build_reader(data)
    try:
        rest = [TRANSFORMS.build(dict(step)) for step in data['pipeline'][1:]]
    except UserError:
        return dataset
    dataset.transforms += rest
    return dataset


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
    enter_scope(config.get('default_scope') or 'mmengine')
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
        return [Part('', dataset, dataset)]
    return [Part(f'domain {n}', p, dataset, n) for n, p in enumerate(parts)]
