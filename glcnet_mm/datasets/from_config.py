"""The training data of a config, to be looked at rather than learnt from."""

import os
from collections.abc import Mapping

from mmengine.config import Config
from mmengine.registry import DATASETS

from .windows import WindowDataset


def training_data(
    path: str, options: Mapping | None = None, **changes: object
) -> WindowDataset:
    """Builds the data set of ``train_dataloader`` with its ``LoadRaster`` alone.

    Further steps may need what is yet to be made, such as statistics.

    Args:
        path: The config.
        options: Changes to the config, ``{'a.b': value}``.
        **changes: Settings of the data set that replace the config's.

    Raises:
        FileNotFoundError: There is no such config.
        ValueError: Its training data are no windows of rasters.
    """
    if not os.path.isfile(path):
        raise FileNotFoundError(f'The config {path} does not exist; correct its path.')
    config = Config.fromfile(path)
    config.merge_from_dict(dict(options or {}))
    data = config.get('train_dataloader', {}).get('dataset')
    while data and 'dataset' in data:
        data = data['dataset']
    if data and 'datasets' in data:
        raise ValueError(
            f'{path} mixes {len(data["datasets"])} data sets, which may differ in '
            f'their units; give a config, or the images, of one of them.'
        )
    if not data or not data.get('pipeline'):
        raise ValueError(f'{path} has no training data: train_dataloader.dataset.')
    dataset = DATASETS.build(dict(data, **changes, pipeline=data['pipeline'][:1]))
    if not isinstance(dataset, WindowDataset):
        raise ValueError(
            f'The training data of {path} are a {type(dataset).__name__}, but windows '
            f'of rasters are needed: WindowDataset or one of its kinds.'
        )
    return dataset
