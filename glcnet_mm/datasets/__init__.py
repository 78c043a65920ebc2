"""Rasters in: index, windows, labels, samplers and transforms."""

from ..sample_batch import stack_samples
from .dates import DatesDataset
from .domains import DomainDataset
from .known_sets import (
    DeepGlobeDataset,
    DeepGlobeTilesDataset,
    DubaiDataset,
    GenericDataset,
    GidDataset,
    IndiaDataset,
    IsprsPotsdamDataset,
    LevirCsDataset,
    LovedaDataset,
    OmbriaDataset,
    PotsdamTilesDataset,
    UAVidDataset,
    VaihingenDataset,
    WhuOptSarDataset,
    YesegOptSarDataset,
)
from .labelled_and_unlabelled import LabelledAndUnlabelled
from .raster_index import RasterIndex
from .sampler import InfinitePerSampleSampler, PerSampleSampler, SampleKey
from .transforms import LoadLabel, LoadRaster
from .windows import WindowDataset

__all__ = [
    'DatesDataset',
    'DeepGlobeDataset',
    'DeepGlobeTilesDataset',
    'DomainDataset',
    'LabelledAndUnlabelled',
    'DubaiDataset',
    'GenericDataset',
    'GidDataset',
    'IndiaDataset',
    'InfinitePerSampleSampler',
    'IsprsPotsdamDataset',
    'LevirCsDataset',
    'LoadLabel',
    'LoadRaster',
    'LovedaDataset',
    'OmbriaDataset',
    'PerSampleSampler',
    'PotsdamTilesDataset',
    'RasterIndex',
    'SampleKey',
    'UAVidDataset',
    'VaihingenDataset',
    'WhuOptSarDataset',
    'WindowDataset',
    'YesegOptSarDataset',
    'stack_samples',
]
