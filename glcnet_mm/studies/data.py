"""The data of a study: facts of its sets, draws of labels, windows to show."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from mmengine.config import ConfigDict
from mmengine.registry import DATASETS

from ..datasets.old_spelling import old_spelling
from ..datasets.sampling_settings import with_sampling
from ..datasets.windows import WindowDataset
from ..errors import UserError
from ..stats_file import read_statistics

LOAD = dict(type='LoadRaster')
SCALE_KEYS = ('mean', 'std', 'value_range')


class DataFacts(NamedTuple):
    """What a model must know of a data set."""

    bands: int
    classes: tuple[str, ...]
    dtype: str


def with_pipeline(data: Mapping, pipeline: Sequence[dict]) -> ConfigDict:
    """A data set's config with a pipeline, inside a mixture in each of its sets."""
    if 'datasets' in data:
        inner = [with_pipeline(item, pipeline) for item in data['datasets']]
        return ConfigDict(dict(data, datasets=inner))
    # A data set may read a choice of bands: its own first step then stays.
    first = data.get('pipeline') or pipeline[:1]
    return ConfigDict(dict(data, pipeline=[*first, *pipeline[1:]]))


def pipeline_of(data: Mapping) -> Sequence[dict]:
    """The pipeline in a data set's config, of a mixture the first."""
    return pipeline_of(data['datasets'][0]) if 'datasets' in data else data['pipeline']


def sampled(data: Mapping, **changes: object) -> ConfigDict:
    """A data set's config with other settings of its ``sampling``."""
    return ConfigDict(with_sampling(data, **changes))


def data_mark(data: Mapping) -> str:
    """A short mark that changes with a data set's settings, not with their spelling."""
    content = old_spelling(ConfigDict(data).to_dict())
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def build_dataset(data: Mapping, pipeline: Sequence[dict] = (LOAD,)) -> WindowDataset:
    """A data set whose pipeline reads, and does what else is asked for."""
    return DATASETS.build(with_pipeline(data, list(pipeline)))


def data_facts(data: Mapping) -> DataFacts:
    """Bands and values as read, and classes; remembered, for sets can be large."""
    return _facts(json.dumps(ConfigDict(data).to_dict(), sort_keys=True, default=str))


@lru_cache(maxsize=64)
def _facts(text: str) -> DataFacts:
    content = json.loads(text)
    if 'datasets' in content:
        # Those of a mixture must agree; the data set itself checks that.
        return data_facts(content['datasets'][0])
    dataset = build_dataset(sampled(content, windows_file=None))
    image = dataset[0]['img']
    classes = tuple(dataset.metainfo.get('classes', ()))
    return DataFacts(image.shape[2], classes, str(image.dtype))


def read_stats(path: str, data: dict) -> None:
    """Puts the figures of a file of statistics in place of its name.

    They are settings of the runs: results of other figures are other results.
    """
    stats = data.pop('stats', None)
    if stats is None:
        return
    given = [key for key in SCALE_KEYS if data.get(key) is not None]
    if given:
        raise UserError(
            f'{path}: "data" gives {given[0]} beside stats; give one of them.'
        )
    found = read_statistics(stats)
    mean, std = found.scale(None)
    data.update(mean=mean, std=std, value_range=found.span())
