"""Transforms of one window."""

from .geometry import CropPixels, CropResize, FlipAxes, QuarterTurns, ShiftScale
from .holes import MakeHoles
from .jigsaw import JigsawCells
from .loading import LoadLabel, LoadRaster
from .packing import PackViews, PackWindow
from .photometry import (
    BlurBands,
    BrightnessContrast,
    CopyBand,
    HueSaturationValue,
    PhotometryGroup,
    PixelNoise,
)
from .segmentation import AugmentWindow, FlipWindow
from .standardise import StandardiseViews
from .views import MakeViews

__all__ = [
    'AugmentWindow',
    'BlurBands',
    'BrightnessContrast',
    'CopyBand',
    'CropPixels',
    'CropResize',
    'FlipAxes',
    'FlipWindow',
    'HueSaturationValue',
    'JigsawCells',
    'LoadLabel',
    'LoadRaster',
    'MakeHoles',
    'MakeViews',
    'PackViews',
    'PackWindow',
    'PhotometryGroup',
    'PixelNoise',
    'QuarterTurns',
    'ShiftScale',
    'StandardiseViews',
]
