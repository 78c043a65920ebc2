"""Reading one window of a raster and of its label."""

from collections.abc import Sequence

import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

from ..labels import IGNORE, LabelDecoder
from ..raster_io import colour_table
from ..regions import read_from_region
from ..resample import read_on


@TRANSFORMS.register_module()
class LoadRaster(BaseTransform):
    """Reads the window of a sample, through its ``grid`` where it has one.

    Adds ``img`` ``(H, W, C)`` in the raster's own dtype, ``valid`` ``(H, W)``,
    ``img_shape`` and ``ori_shape``. Where the data set names another date, ``other``
    gets its own ``img`` and ``valid``, of its own size.

    Args:
        bands: 1-based bands in the order wanted; all when None.
    """

    def __init__(self, bands: Sequence[int] | None = None) -> None:
        self.bands = bands

    def transform(self, results: dict) -> dict:
        """Reads; see the class."""
        pixels, valid = read_from_region(
            results['raster_path'],
            results['window'],
            results.get('region'),
            self.bands,
            results.get('grid'),
        )
        results.update(img=pixels, valid=valid)
        results['img_shape'] = results['ori_shape'] = pixels.shape[:2]
        if 'other' in results:
            other = results['other']
            pixels, valid = read_on(
                other.get('grid'), other['raster_path'], other['window'], self.bands
            )
            results['other'] = dict(other, img=pixels, valid=valid)
        return results


@TRANSFORMS.register_module()
class LoadLabel(BaseTransform):
    """Reads the label of a window; adds ``gt_seg_map`` ``(H, W)`` uint8.

    255 marks what is ignored: pixels outside the raster, nodata, unknown colours
    (counted in ``unknown_label_pixels``).
    """

    def transform(self, results: dict) -> dict:
        """Reads; see the class."""
        path, decoder = results['label_path'], results['label_decoder']
        if path is None:
            raise ValueError(
                f'{results["raster_path"]} has no label to load; set labels in the '
                f'data set or drop LoadLabel from the pipeline.'
            )
        raw, valid = read_from_region(
            path,
            results['window'],
            results.get('region'),
            grid=results.get('label_grid'),
            nearest=True,
        )
        labels, unknown = decode_label(decoder, raw, valid, path)
        results.update(gt_seg_map=labels, unknown_label_pixels=unknown)
        results['seg_fields'] = [*results.get('seg_fields', []), 'gt_seg_map']
        return results


def decode_label(
    decoder: LabelDecoder, raw: np.ndarray, valid: np.ndarray, path: str
) -> tuple[np.ndarray, int]:
    """Class numbers ``(H, W)`` of raw label pixels, and the count of unknown ones."""
    if not valid.any():
        return np.full(raw.shape[:2], IGNORE, np.uint8), 0
    if decoder.by_colour:
        raw = apply_palette(raw, path)
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
