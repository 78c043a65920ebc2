"""Figures of what the contrast compares."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch import Tensor

from ...models.bare_model import bare_model


@HOOKS.register_module()
class ViewRegionHook(Hook):
    """Saves the two views of some samples with their matched regions.

    Writes ``views_<iteration>.png`` to the run's folder and to its visualizer (and so
    to TensorBoard), at the first iteration and every ``interval`` after.

    Args:
        interval: Iterations between two figures.
        samples: Pairs in a figure.
        rgb: 0-based bands to show; the last band stands in for one that is missing.
    """

    def __init__(
        self,
        interval: int = 500,
        samples: int = 4,
        rgb: tuple[int, int, int] = (0, 1, 2),
    ) -> None:
        self.interval, self.samples, self.rgb = interval, samples, rgb

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict,
        outputs: dict | None = None,
    ) -> None:
        """Draws; see the class."""
        if runner.iter == 0 or self.every_n_train_iters(runner, self.interval):
            self._draw(runner, data_batch)

    @master_only
    def _draw(self, runner: Runner, data_batch: dict) -> None:
        # Those who draw wait for matplotlib, not the start of every run.
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        from ...visualization.figures import draw_pairs

        model = bare_model(runner.model)
        samples = data_batch['data_samples'][: self.samples]
        valid = [sample.valid.cpu().numpy() for sample in samples]
        views = [
            self._show(view[: len(samples)], [masks[number] for masks in valid])
            for number, view in enumerate(data_batch['inputs'][:2])
        ]
        boxes = keep = None
        if getattr(model, 'local_head', None) is not None:
            *boxes, keep = (
                part[: len(samples)].cpu().numpy() for part in model.local_head.drawn
            )
        figure = draw_pairs(views, boxes, keep)
        path = Path(runner.log_dir) / 'vis_data' / f'views_{runner.iter + 1}.png'
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path)
        assert isinstance(figure.canvas, FigureCanvasAgg)  # draw_pairs gives it one
        pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3]
        runner.visualizer.add_image(
            'views', np.ascontiguousarray(pixels), runner.iter + 1
        )

    def _show(self, view: Tensor, valid: Sequence[np.ndarray]) -> np.ndarray:
        from ...visualization.figures import stretch

        bands = [min(band, view.shape[1] - 1) for band in self.rgb]
        images = view[:, bands].permute(0, 2, 3, 1).float().cpu().numpy()
        return np.stack([stretch(*pair) for pair in zip(images, valid, strict=True)])
