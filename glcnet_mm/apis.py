"""From rasters to a map in a few lines of Python.

>>> from glcnet_mm.apis import Segmentor, finetune, pretrain
>>> facts = dict(images='scenes', labels='masks', out='mine')
>>> weights = finetune(facts, start=pretrain(facts))
>>> segmentor = Segmentor('mine/finetune_pretrained.py', weights)
>>> classes = segmentor.predict(array)
>>> segmentor.map('scene.tif', 'map.tif')
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import rasterio
import torch
from rasterio.io import MemoryFile
from scipy.special import softmax

from .config import read_config
from .errors import UserError
from .mapping.ensemble import load_model
from .mapping.jobs import plan_jobs
from .mapping.mmseg_loading import for_mmseg
from .mapping.scene_map import logits_of, map_scene
from .mapping.sliding_window import SlidingWindow
from .projects.training import finetune, pretrain
from .rasters.raster_io import forget, raster_info
from .rasters.raster_writer import NODATA
from .rasters.references import allow_data_roots

__all__ = ['Segmentor', 'finetune', 'for_mmseg', 'pretrain']
# What a GeoTIFF holds; others are converted first.
DTYPES = ('uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'float32', 'float64')


class Segmentor:
    """Config and checkpoint, ready for arrays and for whole scenes.

    Args:
        config: File of the fine-tuning; its test data say bands, window and scale.
        checkpoint: File with the weights, or several, whose probabilities are averaged.
        device: ``'cpu'``, ``'cuda'``, ``'cuda:1'``; None takes a GPU if there is one.
        flips: Average over so many orientations of every window: 1, 4 or 8.
        options: Changes of the config, ``{'model.test_cfg.mode': 'whole'}``.

    Raises:
        UserError: The checkpoint is not one of the config's model.
    """

    def __init__(
        self,
        config: str,
        checkpoint: str | Sequence[str],
        device: str | None = None,
        flips: int = 1,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        checkpoints = [checkpoint] if isinstance(checkpoint, str) else list(checkpoint)
        self._inputs = [config, *checkpoints]
        settings = read_config(config, options)
        allow_data_roots(settings)
        self._model = load_model(settings, checkpoints, device, flips)
        self.classes: list[str] = self._model.classes
        self.palette: list[tuple[int, ...]] = self._model.palette

    def predict(
        self,
        image: np.ndarray | torch.Tensor,
        bands_first: bool | None = None,
        valid: np.ndarray | None = None,
        probabilities: bool = False,
    ) -> np.ndarray:
        """Classes of an image of any size, by overlapping windows as a map is made.

        Args:
            image: (H, W), (H, W, bands) or (bands, H, W), in the units of the rasters
                that the model was trained on; with all bands of such a raster if the
                config chooses some of them.
            bands_first: Where the bands are; None takes the shortest of the first and
                the last axis, which has to be clear.
            valid: (H, W); False where the image holds no data.
            probabilities: Return these instead.

        Returns:
            (H, W) uint8, 255 without data; or (K, H, W) float32, NaN without data.

        Raises:
            UserError: The array is no such image.
        """
        pixels = _bands_first(_as_numpy(image), bands_first)
        height, width = pixels.shape[1:]
        shape = (len(self.classes), height, width) if probabilities else (height, width)
        result = np.empty(shape, np.float32 if probabilities else np.uint8)
        with _as_scene(pixels, valid) as scene:
            for place, logits, seen in logits_of(self._model, scene):
                target = result[(..., *place)]
                target[:] = softmax(logits, 0) if probabilities else logits.argmax(0)
                target[..., ~seen] = np.nan if probabilities else NODATA
        return result

    def map(
        self, scene: str, out: str, probabilities: str | None = None, **sliding: Any
    ) -> str:
        """Maps a raster into a GeoTIFF, as ``tools/predict_scene.py`` does.

        Args:
            scene: Raster of any size.
            out: Map to be.
            probabilities: Second raster to be.
            **sliding: Of ``glcnet_mm.mapping.SlidingWindow``.

        Returns:
            What was done, as a sentence.
        """
        job = plan_jobs([scene], out, probabilities, inputs=self._inputs)[0]
        self._model.check_scene(raster_info(job.scene))
        return map_scene(self._model, *job[:4], SlidingWindow(**sliding))


def _as_numpy(image: np.ndarray | torch.Tensor) -> np.ndarray:
    if isinstance(image, torch.Tensor):
        image = image.detach().cpu().numpy()
    if not isinstance(image, np.ndarray) or image.ndim not in (2, 3) or not image.size:
        what = getattr(image, 'shape', type(image).__name__)
        raise UserError(f'An image is an array (H, W, bands), got {what}.')
    if image.dtype.name not in DTYPES:
        raise UserError(
            f'An image of {image.dtype} is not taken; convert it to one of '
            f'{", ".join(DTYPES)}.'
        )
    return image


def _bands_first(image: np.ndarray, bands_first: bool | None) -> np.ndarray:
    if image.ndim == 2:
        return image[None]
    first, last = image.shape[0], image.shape[-1]
    if bands_first is None and first == last:
        raise UserError(
            f'Which axis of an image {image.shape} holds the bands is not clear: '
            'set bands_first.'
        )
    if bands_first is None:
        bands_first = first < last
    return image if bands_first else np.moveaxis(image, -1, 0)


@contextmanager
def _as_scene(pixels: np.ndarray, valid: np.ndarray | None) -> Iterator[str]:
    """The array as a raster in memory, which takes every path that a file takes."""
    count, height, width = pixels.shape
    if valid is not None and valid.shape != (height, width):
        raise UserError(
            f'valid is {valid.shape}, but the image has {height} x {width} pixels.'
        )
    profile = dict(driver='GTiff', count=count, dtype=pixels.dtype.name)
    # A mask beside the file would stay in memory.
    inside = rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True)
    with MemoryFile(ext='.tif') as memory:
        with (
            inside,
            memory.open(
                **profile, height=height, width=width, BIGTIFF='IF_SAFER'
            ) as file,
        ):
            file.write(pixels)
            if valid is not None:
                file.write_mask(np.asarray(valid, bool))
        try:
            yield memory.name
        finally:
            forget(memory.name)
