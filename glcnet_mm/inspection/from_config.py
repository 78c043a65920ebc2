"""The training data of a config, to be looked at rather than learnt from."""

from collections.abc import Mapping

from mmengine.config import ConfigDict
from mmengine.registry import DATASETS

from ..config import read_config
from ..datasets.sampling import with_sampling
from ..datasets.windows import WindowDataset
from ..errors import UserError


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
