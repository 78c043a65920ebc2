"""What a test leaves beside its scores: the --out, --show-dir and --show of test.py."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from mmseg.structures import SegDataSample
from torch import Tensor

from ...datasets.labels import IGNORE
from ...errors import UserError
from ...files import whole_file
from ...paths import common_folder
from ...rasters.default_colours import default_palette
from ...rasters.georeference import window_georeference
from ...rasters.legend import describe_classes
from ...rasters.raster_io import Window
from ...rasters.raster_writer import MapWriter

if TYPE_CHECKING:
    # Those who draw wait for matplotlib, not the start of every run.
    from ...visualization.scene_picture import SceneCanvas


class _WindowHook(Hook, ABC):
    """Calls ``handle`` with every tested window and its name.

    The name is the raster's path below the folder that all tested rasters share,
    without suffix, then row and column of the window.
    """

    def before_test(self, runner: Runner) -> None:
        """Looks up rasters, classes and colours."""
        data = runner.test_dataloader.dataset
        self._root = common_folder([info.path for info in data.index.infos])
        self._classes = data.metainfo['classes']
        palette = data.metainfo['palette'] or default_palette(self._classes)
        self._palette = palette

    def after_test_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict,
        outputs: Sequence[SegDataSample],
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
    """Shows image, truth and prediction of every tested window side by side.

    Args:
        wait_time: Seconds until the next one.
        rgb: 0-based bands to show; the last band stands in for one that is missing.
    """

    def __init__(
        self, wait_time: float = 2.0, rgb: tuple[int, int, int] = (0, 1, 2)
    ) -> None:
        self.wait_time, self.rgb = wait_time, rgb
        _check_display()

    def handle(self, name: str, image: Tensor, sample: SegDataSample) -> None:
        """Shows one window."""
        from matplotlib import pyplot

        from ...visualization.figures import draw_prediction

        arrays = window_arrays(image, sample, self.rgb)
        colours = dict(zip(self._classes, self._palette, strict=True))
        figure = pyplot.figure(
            'prediction', figsize=(10, 4), layout='constrained', clear=True
        )
        draw_prediction(figure, *arrays, colours)
        pyplot.pause(self.wait_time)


@HOOKS.register_module()
class ShowScenesHook(_WindowHook):
    """Draws image, truth, prediction and errors of every tested scene.

    ``<raster>.png`` shows a large scene thinned out; see ``SceneCanvas``. A picture is
    written as soon as the last window of its scene is tested.

    Args:
        folder: Where to write.
        rgb: 0-based bands to show; the last band stands in for one that is missing.
    """

    def __init__(self, folder: str, rgb: tuple[int, int, int] = (0, 1, 2)) -> None:
        self.folder, self.rgb = Path(folder), rgb

    def before_test(self, runner: Runner) -> None:
        """Counts the windows of every scene.

        Raises:
            UserError: Several processes share the windows.
        """
        if runner.world_size > 1:
            raise UserError(
                '--show-dir draws whole scenes, of which each of several processes '
                'sees a part only: test in one process.'
            )
        super().before_test(runner)
        data = runner.test_dataloader.dataset
        self._infos = {info.path: info for info in data.index.infos}
        self._left = Counter(
            data.index.infos[data.fixed_window(number)[0]].path
            for number in range(len(data))
        )
        self._canvases: dict[str, SceneCanvas] = {}

    def handle(self, name: str, image: Tensor, sample: SegDataSample) -> None:
        """Adds one window to the picture of its scene."""
        from ...visualization.scene_picture import SceneCanvas

        path = sample.raster_path
        if path not in self._canvases:
            info = self._infos[path]
            self._canvases[path] = SceneCanvas(info.width, info.height)
        canvas = self._canvases[path]
        canvas.add(Window(*sample.window), *window_arrays(image, sample, self.rgb))
        self._left[path] -= 1
        if not self._left[path]:
            self._write(path, self._canvases.pop(path))

    def _write(self, path: str, canvas: 'SceneCanvas') -> None:
        from ...visualization.scene_picture import draw_scene

        name = Path(path).relative_to(self._root).with_suffix('')
        colours = dict(zip(self._classes, self._palette, strict=True))
        target = self.folder / f'{name}.png'
        figure = draw_scene(canvas, Path(path).name, colours)
        with whole_file(target) as partial:
            figure.savefig(partial, format='png')


def window_arrays(
    image: Tensor, sample: SegDataSample, rgb: Sequence[int]
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """Three bands ``(H, W, 3)``, truth and prediction ``(H, W)``, 255 without data."""
    bands = [min(band, len(image) - 1) for band in rgb]
    pixels = image[bands].permute(1, 2, 0).float().cpu().numpy()
    classes = sample.pred_sem_seg.data[0].cpu().numpy().astype(np.uint8)
    classes[~sample.valid.data[0].cpu().numpy()] = IGNORE
    if 'gt_sem_seg' not in sample:
        return pixels, None, classes
    return pixels, sample.gt_sem_seg.data[0].cpu().numpy().astype(np.uint8), classes


def _check_display() -> None:
    from matplotlib import pyplot

    if pyplot.get_backend().lower() == 'agg':
        raise UserError(
            '--show needs a display, and there is none: use --show-dir FOLDER instead.'
        )
