"""Reading one window of a raster and of its label."""

from collections.abc import Sequence

import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

from ...errors import UserError
from ...rasters.raster_io import Window, colour_table, label_nodata
from ...rasters.resample import GroundGrid, read_on
from ...rasters.validity import LABEL, BandChoice, is_nodata
from ..labels import IGNORE, LabelDecoder
from ..sample_keys import Sample
from ..shared_reads import read_from_region


@TRANSFORMS.register_module()
class LoadRaster(BaseTransform):
    """Reads the window of a sample, through its ``grid`` where it has one.

    Adds ``img`` ``(H, W, C)`` in the raster's own dtype, ``valid`` ``(H, W)``,
    ``img_shape`` and ``ori_shape``. Where the data set names another date, ``other``
    gets its own ``img`` and ``valid``, of its own size.

    Args:
        bands: 1-based bands in the order wanted; all when None.
        mask_band: 1-based band that is 0 where there is no data; 0 for none. When
            None, a band tagged alpha that is not read counts if it holds a mask.
    """

    def __init__(
        self, bands: Sequence[int] | None = None, mask_band: int | None = None
    ) -> None:
        self.bands = bands
        numbers = None if bands is None else tuple(bands)
        self.choice = BandChoice(numbers, mask_band)

    def transform(self, results: Sample) -> Sample:
        """Reads; see the class."""
        results['img'], results['valid'] = read_from_region(
            results['raster_path'],
            results['window'],
            results.get('region'),
            self.choice,
            results.get('grid'),
        )
        results['img_shape'] = results['ori_shape'] = results['img'].shape[:2]
        if 'other' in results:
            other = results['other']
            other['img'], other['valid'] = read_on(
                other.get('grid'), other['raster_path'], other['window'], self.choice
            )
        return results


@TRANSFORMS.register_module()
class LoadLabel(BaseTransform):
    """Reads the label of a window; adds ``gt_seg_map`` ``(H, W)`` uint8.

    255 marks what is ignored: pixels outside the raster, nodata, unknown colours
    (counted in ``unknown_label_pixels``).
    """

    def transform(self, results: Sample) -> Sample:
        """Reads; see the class."""
        path, decoder = results['label_path'], results['label_decoder']
        if path is None:
            raise UserError(
                f'{results["raster_path"]} has no label to load; set labels in the '
                f'data set or drop LoadLabel from the pipeline.'
            )
        raw, valid = read_label(
            path,
            decoder,
            results['window'],
            results.get('label_grid'),
            results.get('region'),
        )
        labels, unknown = decode_label(decoder, raw, valid, path)
        results['gt_seg_map'], results['unknown_label_pixels'] = labels, unknown
        results['seg_fields'] = [*results.get('seg_fields', []), 'gt_seg_map']
        return results


def read_label(
    path: str,
    decoder: LabelDecoder,
    window: Window,
    grid: GroundGrid | None = None,
    region: Window | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Raw pixels ``(H, W, C)`` of a label, and which of them say something, ``(H, W)``.

    Colours come from a palette where the classes are colours. A band tagged alpha is
    no part of the label but its mask. The header's nodata value says nothing, unless
    the table of ids or colours has it.
    """
    raw, valid = read_from_region(path, window, region, LABEL, grid, nearest=True)
    missing = valid & is_nodata(np.moveaxis(raw, -1, 0), label_nodata(path))
    if decoder.by_colour:
        raw = apply_palette(raw, path)
    if missing.any():
        valid[missing] = decoder.has(raw[missing][None], path)[0]
    return raw, valid


def decode_label(
    decoder: LabelDecoder, raw: np.ndarray, valid: np.ndarray, path: str
) -> tuple[np.ndarray, int]:
    """Class numbers ``(H, W)`` of pixels as read, and the count of unknown ones."""
    if not valid.any():
        return np.full(raw.shape[:2], IGNORE, np.uint8), 0
    # What lies outside reads as 0, which need not be a class: let it take the value
    # of a pixel inside.
    raw[~valid] = raw[valid][0]
    labels, unknown = decoder(raw, path)
    labels[~valid] = IGNORE
    return labels, unknown


def apply_palette(raw: np.ndarray, path: str) -> np.ndarray:
    """Colours ``(H, W, 3)`` of palette numbers; unchanged where there is no palette."""
    table = colour_table(path) if raw.shape[-1] == 1 else None
    if table is None:
        return raw
    colours = np.zeros((max(table) + 1, 3), np.uint8)
    for value, colour in table.items():
        colours[value] = colour[:3]
    return colours[raw[..., 0]]
