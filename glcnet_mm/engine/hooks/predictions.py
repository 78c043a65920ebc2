"""What a test leaves beside its scores: the --out, --show-dir and --show of test.py."""

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from mmseg.structures import SegDataSample
from torch import Tensor

from ...datasets.labels import IGNORE
from ...errors import UserError
from ...mapping.legend import default_palette, describe_classes
from ...rasters.georeference import window_georeference
from ...rasters.raster_io import Window
from ...rasters.raster_writer import MapWriter, temporary_name
from ...visualization.figures import draw_prediction


class _WindowHook(Hook, ABC):
    """Calls ``handle`` with every tested window and its name.

    The name is the raster's path below the folder that all tested rasters share,
    without suffix, then row and column of the window.
    """

    def before_test(self, runner: Runner) -> None:
        """Looks up rasters, classes and colours."""
        data = runner.test_dataloader.dataset
        paths = [info.path for info in data.index.infos]
        self._root = os.path.commonpath([os.path.dirname(path) for path in paths])
        self._classes = data.metainfo['classes']
        palette = data.metainfo['palette'] or default_palette(len(self._classes))
        self._palette = palette

    def after_test_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: Sequence[SegDataSample] | None = None,
    ) -> None:
        """Handles the windows of a batch."""
        inputs = data_batch['inputs']
        if not isinstance(inputs[0], Tensor):
            inputs = inputs[-1]  # of the variants of a window, the last is unchanged
        for image, sample in zip(inputs, outputs, strict=True):
            col, row = sample.window[:2]
            name = Path(sample.raster_path).relative_to(self._root).with_suffix('')
            self.handle(f'{name}_{row}_{col}', image, sample)

    @abstractmethod
    def handle(self, name: str, image: Tensor, sample: SegDataSample) -> None:
        """What is done with a window: image ``(C, H, W)`` as read, and its result."""


@HOOKS.register_module()
class SavePredictionsHook(_WindowHook):
    """Writes the classes of every tested window as a georeferenced raster.

    ``<raster>_<row>_<column>.tif`` holds class numbers, 255 where the image has no
    data, and the colour table; what reaches over the border of the raster is left out.

    Args:
        folder: Where to write.
    """

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)

    def handle(self, name: str, image: Tensor, sample: SegDataSample) -> None:
        """Writes one window."""
        classes = sample.pred_sem_seg.data[:1].cpu().numpy().astype(np.uint8)
        classes[~sample.valid.data.cpu().numpy()] = IGNORE
        position = window_georeference(
            sample.raster_path, Window(*sample.window), sample.get('ground')
        )
        path = self.folder / f'{name}.tif'
        path.parent.mkdir(parents=True, exist_ok=True)
        describe = partial(
            describe_classes, classes=self._classes, palette=self._palette
        )
        with MapWriter(path, position, 1, describe, photometric='palette') as writer:
            writer.write(classes[:, : position.height, : position.width])


@HOOKS.register_module()
class ShowPredictionsHook(_WindowHook):
    """Draws image, truth and prediction of every tested window side by side.

    Args:
        folder: Where to write ``<raster>_<row>_<column>.png``; None writes nothing.
        show: Open a window with the picture.
        wait_time: Seconds until the next one.
        rgb: 0-based bands to show; the last band stands in for one that is missing.
    """

    def __init__(
        self,
        folder: str | None = None,
        show: bool = False,
        wait_time: float = 2.0,
        rgb: tuple[int, int, int] = (0, 1, 2),
    ) -> None:
        self.folder = None if folder is None else Path(folder)
        self.show, self.wait_time, self.rgb = show, wait_time, rgb
        if show:
            _check_display()

    def handle(self, name: str, image: Tensor, sample: SegDataSample) -> None:
        """Draws one window."""
        bands = [min(band, len(image) - 1) for band in self.rgb]
        figure = self._new_figure()
        truth = sample.gt_sem_seg.data[0] if 'gt_sem_seg' in sample else None
        draw_prediction(
            figure,
            image[bands].permute(1, 2, 0).float().cpu().numpy(),
            None if truth is None else truth.cpu().numpy(),
            sample.pred_sem_seg.data[0].cpu().numpy(),
            dict(zip(self._classes, self._palette, strict=True)),
        )
        if self.folder is not None:
            path = self.folder / f'{name}.png'
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = temporary_name(path)
            figure.savefig(temporary)
            temporary.replace(path)
        if self.show:
            _show(self.wait_time)

    def _new_figure(self) -> Figure:
        size = dict(figsize=(10, 4), layout='constrained')
        if not self.show:
            return Figure(**size)
        from matplotlib import pyplot

        return pyplot.figure(num='prediction', clear=True, **size)


def _check_display() -> None:
    from matplotlib import pyplot

    if pyplot.get_backend().lower() == 'agg':
        raise UserError(
            '--show needs a display, and there is none: use --show-dir FOLDER instead.'
        )


def _show(seconds: float) -> None:
    from matplotlib import pyplot

    pyplot.pause(seconds)
