"""Rasters in: index, windows, labels, samplers and transforms."""

from .dates import DatesDataset
from .known_sets import DubaiDataset, PotsdamDataset
from .raster_index import RasterIndex
from .sampler import InfinitePerSampleSampler, PerSampleSampler, SampleKey
from .transforms import LoadLabel, LoadRaster
from .windows import WindowDataset

__all__ = [
    'DatesDataset',
    'DubaiDataset',
    'InfinitePerSampleSampler',
    'LoadLabel',
    'LoadRaster',
    'PerSampleSampler',
    'PotsdamDataset',
    'RasterIndex',
    'SampleKey',
    'WindowDataset',
]
