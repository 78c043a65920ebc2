"""Transforms of one window."""

from .colour_jitter import ColourJitter, GreyBands
from .geometry import CropPixels, CropResize, FlipAxes, QuarterTurns, ShiftScale
from .holes import MakeHoles
from .jigsaw import JigsawCells
from .loading import LoadLabel, LoadRaster
from .multitask import DistortBlock, TransformView
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
from .speckle import GainSpeckle
from .standardise import StandardiseViews
from .strong_views import StrongViews
from .views import MakeViews

__all__ = [
    'AugmentWindow',
    'BlurBands',
    'BrightnessContrast',
    'ColourJitter',
    'CopyBand',
    'CropPixels',
    'CropResize',
    'DistortBlock',
    'FlipAxes',
    'FlipWindow',
    'GainSpeckle',
    'GreyBands',
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
    'StrongViews',
    'TransformView',
]
