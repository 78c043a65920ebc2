"""Classes, colours and layouts of published sets, as data; one file per set."""

from .deepglobe import DeepGlobeDataset, DeepGlobeTilesDataset
from .dubai import DUBAI, DubaiDataset
from .generic import GenericDataset
from .gid import GidDataset
from .india import INDIA, IndiaDataset
from .levir_cs import LevirCsDataset
from .loveda import LovedaDataset
from .ombria import OmbriaDataset
from .potsdam import POTSDAM, POTSDAM_SEVEN, IsprsPotsdamDataset, PotsdamTilesDataset
from .uavid import UAVidDataset
from .vaihingen import VaihingenDataset
from .whu_opt_sar import WhuOptSarDataset
from .yeseg import YesegOptSarDataset

__all__ = [
    'DUBAI',
    'INDIA',
    'POTSDAM',
    'POTSDAM_SEVEN',
    'DeepGlobeDataset',
    'DeepGlobeTilesDataset',
    'DubaiDataset',
    'GenericDataset',
    'GidDataset',
    'IndiaDataset',
    'IsprsPotsdamDataset',
    'LevirCsDataset',
    'LovedaDataset',
    'OmbriaDataset',
    'PotsdamTilesDataset',
    'UAVidDataset',
    'VaihingenDataset',
    'WhuOptSarDataset',
    'YesegOptSarDataset',
]
