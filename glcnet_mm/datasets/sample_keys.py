"""What a sample holds on its way through the pipeline: every key, once."""

from typing import Any, NotRequired, TypedDict

import numpy as np
from torch import Tensor

from ..rasters.raster_io import Window
from ..rasters.resample import GroundGrid
from .labels import LabelDecoder


class View(TypedDict):
    """One view of a window.

    Attributes:
        img: ``(H, W, C)``.
        valid: ``(H, W)`` bool.
        homography: ``(3, 3)``, pixels of the window to pixels of the view.
    """

    img: np.ndarray
    valid: np.ndarray
    homography: np.ndarray


class OtherDate(TypedDict):
    """Another date of a window's ground.

    Attributes:
        raster_path: Its raster.
        window: What is read of it.
        matrix: ``(3, 3)``, pixels of the sample's window to those of this one.
        grid: Of this window, where rasters are resampled.
        img: ``(H, W, C)``, once it is read; so is ``valid``, ``(H, W)`` bool.
    """

    raster_path: str
    window: Window
    matrix: np.ndarray
    grid: NotRequired[GroundGrid]
    img: NotRequired[np.ndarray]
    valid: NotRequired[np.ndarray]


class Described(TypedDict):
    """A window before anything of it is read.

    Attributes:
        raster_path: The raster; ``img_path`` for mmseg.
        label_path: Its label, if any; ``seg_map_path`` for mmseg.
        label_decoder: From what a label holds to class numbers.
        grid: Ground grid that the raster is resampled to, if any.
        label_grid: The same of the label.
        window: Place in the raster, or on its grid.
        region: What is read for several windows at once, if any.
        rng: Of the sample, for every draw.
        sample_idx: Number of the sample.
        seg_fields: Keys of label maps, for mmseg.
        reduce_zero_label: For mmseg; class 0 is a class.
        other: Another date, of ``DatesDataset`` alone.
    """

    raster_path: str
    label_path: str | None
    label_decoder: LabelDecoder
    grid: GroundGrid | None
    label_grid: GroundGrid | None
    window: Window
    region: NotRequired[Window | None]
    rng: np.random.Generator
    sample_idx: int
    img_path: str
    seg_map_path: str | None
    seg_fields: list[str]
    reduce_zero_label: bool
    other: NotRequired[OtherDate]


class Sample(Described, total=False):
    """What transforms add.

    Attributes:
        img: ``(H, W, C)`` in the raster's type, by ``LoadRaster``.
        valid: ``(H, W)`` bool, by ``LoadRaster``.
        img_shape: ``(H, W)``; ``ori_shape`` is the same.
        gt_seg_map: ``(H, W)`` uint8 class numbers, by ``LoadLabel``.
        unknown_label_pixels: Pixels whose colour is no class, by ``LoadLabel``.
        value_range: Values that count as black and white, by ``MakeViews``.
        views: By ``MakeViews``.
        targets: What a pretext task has to find out, packed as it is.
        strong: Views ``(2, C, H, W)`` by ``StrongViews``.
        mix_boxes: Boxes to exchange between them.
        flip: Whether test-time augmentation has flipped the window.
        flip_direction: ``horizontal`` or ``vertical``.
    """

    img: np.ndarray
    valid: np.ndarray
    img_shape: tuple[int, int]
    ori_shape: tuple[int, int]
    gt_seg_map: np.ndarray
    unknown_label_pixels: int
    value_range: tuple[Any, Any]
    views: list[View]
    targets: dict[str, Any]
    strong: Tensor
    mix_boxes: Tensor
    flip: bool
    flip_direction: str
