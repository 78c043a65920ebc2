"""A trained segmentor as a function from windows to logits."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, TRANSFORMS
from mmseg.models.segmentors import EncoderDecoder
from mmseg.structures import SegDataSample
from torch import Tensor

from ..console.quiet import enter_scope
from ..engine.bfloat16 import has_bfloat16
from ..errors import UserError
from ..models.weights.checkpoints import read_checkpoint
from ..models.weights.streams import accepted_bands
from ..models.weights.whole_model import load_strictly, with_stored_scale
from ..rasters.default_colours import default_palette
from ..rasters.file_forms import check_form
from ..rasters.ground_grid import known_metres
from ..rasters.raster_io import RasterInfo, Window
from ..rasters.validity import BandChoice
from ..sample_batch import stack_samples
from ..wording import counted
from .fast_network import made_fast

READERS = ('LoadRaster', 'LoadLabel')
# A share; the network does not mind so small a change of scale.
MAX_GSD_ERROR = 0.05


class Segmentor:
    """Config and checkpoint made ready to map a scene.

    Args:
        config: With the model and the data set it is tested on.
        checkpoint: File with its weights.
        device: Where it runs.
        precision: ``bfloat16`` or ``float32``; the first where the device has it when
            None.
    """

    def __init__(
        self,
        config: Config,
        checkpoint: str,
        device: str,
        precision: str | None = None,
    ) -> None:
        self.checkpoint = checkpoint
        enter_scope(config.get('default_scope', 'mmseg'))
        weights, noted = read_checkpoint(checkpoint)
        model = MODELS.build(with_stored_scale(config.model, weights, checkpoint))
        load_strictly(model, weights, checkpoint)
        self.model = made_fast(model.to(device).eval())
        self._kind = torch.device(device).type
        usual = 'bfloat16' if has_bfloat16(self._kind) else 'float32'
        self.precision = precision or usual
        dataset = test_dataset(config)
        self.window_px: int | None = dataset.get('window')
        self.gsd: float | None = dataset.get('gsd')
        self.pixel_size: float | None = dataset.get('pixel_size')
        pipeline = dataset.get('pipeline', [dict(type='PackWindow')])
        self.choice = _choice(pipeline)
        self._steps = [
            TRANSFORMS.build(step) for step in pipeline if _name(step) not in READERS
        ]
        self.num_classes = self.model.out_channels
        meta = noted.get('dataset_meta') or dataset
        self.classes, self.palette = _legend(meta, self.num_classes, checkpoint)
        self.identity = _digest(
            Path(checkpoint).read_bytes(),
            repr(config.model),
            repr(pipeline),
            repr((self.classes, self.palette)),
            # Not to be mixed with float32, whose name is as it was before.
            *(['bfloat16'] if self.precision == 'bfloat16' else []),
        )

    def check_scene(self, info: RasterInfo) -> None:
        """Refuses a scene whose bands, or whose scale, are not the model's."""
        scene, count = info.path, info.bands
        check_form(scene, info.form, self.choice.bands is not None)
        read = self.choice.numbers(count)
        if max(*read, self.choice.mask_band or 0) > count:
            raise UserError(
                f'{scene} has {counted(count, "band")}, but the config reads '
                f'bands {read}'
                f'{f", mask_band {m}" if (m := self.choice.mask_band) else ""}.'
            )
        wanted = accepted_bands(self.model)
        if wanted and len(read) not in wanted:
            numbers = ' or '.join(map(str, sorted(wanted)))
            remedy = 'give the files of the others by --further'
            if len(read) > min(wanted):
                remedy = "choose them by bands=[...] in the config's test data"
            raise UserError(
                f'{scene} gives {counted(len(read), "band")}, but the model takes '
                f'{numbers}: {remedy}.'
            )
        if self.gsd is None:
            return
        metres = known_metres(info, self.pixel_size)
        if not abs(metres / self.gsd - 1) <= MAX_GSD_ERROR:
            raise UserError(
                f'{scene} has pixels of {metres:.3g} m, but the config reads at '
                f'gsd={self.gsd:g}: resample it first, for example by gdalwarp -tr '
                f'{self.gsd:g} {self.gsd:g} with a metric CRS, or, where it has none, '
                f'by gdal_translate -outsize {metres / self.gsd:.4%} 0.'
            )

    @torch.inference_mode()
    def __call__(
        self, scene: str, windows: Sequence[tuple[Window, np.ndarray, np.ndarray]]
    ) -> np.ndarray:
        """Logits of a batch of windows.

        Args:
            scene: Name of the raster.
            windows: Each with its place, pixels (S, S, bands) and validity (S, S).

        Returns:
            (N, K, S, S) float32, in one copy off the device.
        """
        packed = [self._pack(scene, *window) for window in windows]
        # One copy to the device for all of them.
        batch = stack_samples(packed)
        narrow = self.precision == 'bfloat16'
        with torch.autocast(self._kind, torch.bfloat16, enabled=narrow):
            logits = self._logits(batch)
        return logits.float().cpu().numpy()

    def _logits(self, batch: dict) -> Tensor:
        """Of mmseg's usual segmentor without the classes, which nobody uses here."""
        if not isinstance(self.model, EncoderDecoder):
            return _taken_out(self.model.test_step(batch))
        data = self.model.data_preprocessor(batch, False)
        inputs, samples = data['inputs'], data['data_samples']
        if any(_is_changed(sample, inputs) for sample in samples):
            return _taken_out(self.model.predict(inputs, samples))
        return self.model.inference(inputs, [sample.metainfo for sample in samples])

    def _pack(
        self, scene: str, window: Window, pixels: np.ndarray, valid: np.ndarray
    ) -> dict:
        results: Any = dict(
            raster_path=scene,
            img_path=scene,
            seg_map_path=None,
            window=window,
            img=pixels,
            valid=valid,
            img_shape=valid.shape,
            ori_shape=valid.shape,
            seg_fields=[],
        )
        for step in self._steps:
            results = step(results)
        return results


def _is_changed(sample: SegDataSample, inputs: Tensor) -> bool:
    """Whether the logits of a window need to be cut, flipped or resized."""
    return tuple(sample.ori_shape) != inputs.shape[-2:] or bool(sample.get('flip'))


def _taken_out(samples: Sequence[SegDataSample]) -> Tensor:
    return torch.stack([sample.seg_logits.data for sample in samples])


def test_dataset(config: Config) -> dict:
    """Config of the data set that the model is tested on, wrappers taken off."""
    for name in ('test_dataloader', 'val_dataloader', 'train_dataloader'):
        dataset = (config.get(name) or {}).get('dataset')
        while dataset and 'pipeline' not in dataset:
            dataset = dataset.get('dataset') or next(iter(dataset.get('datasets', [])))
        if dataset:
            return dataset
    return {}


def _digest(*parts: str | bytes) -> str:
    """Tells whether two segmentors are the same."""
    content = hashlib.sha256()
    for part in parts:
        content.update(part if isinstance(part, bytes) else part.encode())
    return content.hexdigest()[:16]


def _name(step: dict) -> str:
    return step['type'] if isinstance(step['type'], str) else step['type'].__name__


def _choice(pipeline: Sequence[dict]) -> BandChoice:
    step = next((t for t in pipeline if _name(t) == 'LoadRaster'), None)
    return BandChoice() if step is None else TRANSFORMS.build(dict(step)).choice


def _legend(meta: dict, num_classes: int, checkpoint: str) -> tuple[list, list]:
    """Class names and colours; numbers and hues where nobody gave any."""
    if not 2 <= num_classes <= 255:
        raise UserError(
            f'The model of {checkpoint} has {num_classes} outputs, but a map needs one '
            'output per class and 2 to 255 classes: for a binary map set num_classes=2 '
            'and out_channels=2.'
        )
    classes = meta.get('classes') or [f'class {i}' for i in range(num_classes)]
    palette = meta.get('palette') or default_palette(classes)
    if len(classes) != num_classes:
        raise UserError(
            f'The model of {checkpoint} has {num_classes} outputs but there are '
            f'{len(classes)} class names: give the config it was trained with.'
        )
    return list(classes), [tuple(colour) for colour in palette][:num_classes]
