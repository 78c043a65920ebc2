"""Lets mmseg's own inference read rasters as the config's data set does.

``init_model``, ``inference_model`` and ``MMSegInferencer`` change the steps of a test
pipeline by their names: ``LoadImageFromFile`` becomes ``LoadImageFromNDArray`` or
``InferencerLoader``. The steps of these names that ``for_mmseg`` writes are ours: they
lie in a registry of their own, which ``_scope_`` names, and mmseg's stay as they are.
"""

from collections.abc import Sequence

import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.config import Config

from ..config import read_config
from ..errors import UserError
from ..rasters.raster_io import Window, raster_info, read_window
from ..rasters.validity import BandChoice
from ..registry import MMSEG_STEPS
from .segmentor import READERS, test_dataset


@MMSEG_STEPS.register_module(
    name=['LoadImageFromFile', 'LoadImageFromNDArray', 'InferencerLoader']
)
class LoadWholeRaster(BaseTransform):
    """Reads a whole raster, or takes an array for one.

    Args:
        bands: See ``LoadRaster``.
        mask_band: See ``LoadRaster``.
    """

    def __init__(
        self, bands: Sequence[int] | None = None, mask_band: int | None = None
    ) -> None:
        self.choice = BandChoice(None if bands is None else tuple(bands), mask_band)

    def transform(self, results: dict | str | np.ndarray) -> dict:
        """Returns what the steps after ``LoadRaster`` take.

        Args:
            results: ``img_path`` or ``img``, or either of them alone; an array is
                (H, W, bands), with all bands of such a raster.
        """
        if not isinstance(results, dict):
            key = 'img' if isinstance(results, np.ndarray) else 'img_path'
            results = {key: results}
        if 'img' in results:
            path, (pixels, valid) = 'array', self._from_array(results['img'])
        else:
            path = str(results['img_path'])
            info = raster_info(path)
            place = Window(0, 0, info.width, info.height)
            pixels, valid = read_window(path, place, self.choice)
        height, width = valid.shape
        return dict(
            raster_path=path,
            img_path=path,
            seg_map_path=None,
            window=Window(0, 0, width, height),
            img=pixels,
            valid=valid,
            img_shape=valid.shape,
            ori_shape=valid.shape,
            seg_fields=[],
        )

    def _from_array(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if image.ndim not in (2, 3):
            raise UserError(f'An image is an array (H, W, bands), got {image.shape}.')
        image = image[..., None] if image.ndim == 2 else image
        numbers = self.choice.numbers(image.shape[2], ())
        if max(numbers) > image.shape[2]:
            raise UserError(
                f'The image has {image.shape[2]} bands, but the config reads bands '
                f'{list(numbers)}.'
            )
        pixels = image[..., [number - 1 for number in numbers]]
        valid = np.isfinite(pixels).all(-1)
        if self.choice.mask_band:
            valid &= image[..., self.choice.mask_band - 1] != 0
        return np.where(valid[..., None], pixels, 0), valid


def for_mmseg(config: str | Config) -> Config:
    """A fine-tuning config as mmseg's ``init_model`` and ``MMSegInferencer`` need it.

    Images are read whole and at their own resolution; for scenes of any size and for
    ``gsd`` there is ``Segmentor``.

    Args:
        config: The file or what was read from it.

    Raises:
        UserError: The config names no test data, or reads them at a ``gsd``.
    """
    config = read_config(config) if isinstance(config, str) else config.copy()
    dataset = test_dataset(config)
    if 'pipeline' not in dataset:
        raise UserError('The config has no data set, which says how images are read.')
    if dataset.get('gsd') is not None:
        raise UserError(
            f'The config reads rasters at gsd={dataset["gsd"]}, which mmseg does not '
            'know: use glcnet_mm.apis.Segmentor.'
        )
    first, *others = dataset['pipeline']
    read = {name: first[name] for name in ('bands', 'mask_band') if name in first}
    steps = [dict(step) for step in others if step['type'] not in READERS]
    load = dict(type='LoadImageFromFile', _scope_=MMSEG_STEPS.scope, **read)
    config.test_pipeline = [load, *steps]
    config.test_dataloader = dict(
        dataset=dict(type='WindowDataset', pipeline=[load, *steps])
    )
    config.visualizer = dict(type='SegLocalVisualizer', name='visualizer')
    return config
