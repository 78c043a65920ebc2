"""Rasters in: index, windows, labels, samplers and transforms."""

from .dates import DatesDataset
from .domains import DomainDataset
from .known_sets import DubaiDataset, IndiaDataset, PotsdamDataset
from .raster_index import RasterIndex
from .sampler import InfinitePerSampleSampler, PerSampleSampler, SampleKey
from .transforms import LoadLabel, LoadRaster
from .windows import WindowDataset

__all__ = [
    'DatesDataset',
    'DomainDataset',
    'DubaiDataset',
    'IndiaDataset',
    'InfinitePerSampleSampler',
    'LoadLabel',
    'LoadRaster',
    'PerSampleSampler',
    'PotsdamDataset',
    'RasterIndex',
    'SampleKey',
    'WindowDataset',
]
