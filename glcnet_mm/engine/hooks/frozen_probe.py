"""Telling during pre-training what its features are worth."""

import time

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.registry import DATASETS, HOOKS
from mmengine.runner import Runner
from torch import nn

from ...console.duration import readable_time
from ...datasets.labels import IGNORE
from ...datasets.windows import WindowDataset
from ...errors import UserError
from ...evaluation.probes import knn_probe, linear_probe
from ...models.bare_model import bare_model
from ..undisturbed import untouched
from .data_summary import check_bands
from .probe_features import pick_windows, pixel_labels, probe_features


@HOOKS.register_module()
class FrozenProbeHook(Hook):
    """Probes the encoder map e and the decoder map d on labelled windows.

    Looks before the first iteration, every ``interval`` and after the last: Kappa and
    OA of a k-NN and of a linear probe, in the log and the run's visualizer as
    ``probe/e_knn_kappa`` and so on. The labels only measure; weights, batch statistics
    and random states stay as they were, and the run is the same without the hook. Of
    several processes the first one probes and the others wait at their next step.

    Args:
        interval: Iterations between two looks.
        train_dataset: Labelled windows to learn the probes from: a ``WindowDataset``
            with ``LoadRaster``, ``LoadLabel`` and ``PackWindow``.
        test_dataset: The same of other rasters, to score the probes on.
        windows: Read at most so many of each.
        pixels_per_window: Take at most so many cells of each map of a window.
        k: Neighbours of the k-NN probe.
    """

    # After the checkpoint is written, and after whatever loads weights.
    priority = 'LOWEST'

    def __init__(
        self,
        interval: int,
        train_dataset: dict,
        test_dataset: dict,
        windows: int = 64,
        pixels_per_window: int = 64,
        k: int = 20,
    ) -> None:
        numbers = dict(
            interval=interval, windows=windows, pixels_per_window=pixels_per_window, k=k
        )
        for name, value in numbers.items():
            if value < 1:
                raise UserError(
                    f'{name} of FrozenProbeHook must be at least 1, got {value}.'
                )
        self.interval, self.windows, self.k = interval, windows, k
        self.pixels_per_window = pixels_per_window
        self.configs = dict(train_dataset=train_dataset, test_dataset=test_dataset)
        self.datasets: dict[str, WindowDataset] = {}

    def before_train(self, runner: Runner) -> None:
        """Checks the data in every process, then looks at the features to start from.

        Raises:
            UserError: There are no labels to probe with; says what is wrong.
        """
        # The data sets, too, may draw from the global generators.
        with untouched(runner.model):
            self.datasets = {
                n: DATASETS.build(dict(c)) for n, c in self.configs.items()
            }
            self._check(runner.model)
        if runner.iter == 0:
            self._look(runner, 0)

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: dict | None = None,
    ) -> None:
        """Looks; see the class."""
        last = self.is_last_train_iter(runner)
        if last or self.every_n_train_iters(runner, self.interval):
            self._look(runner, runner.iter + 1)

    def _check(self, model: nn.Module) -> None:
        names = [list(d.metainfo['classes']) for d in self.datasets.values()]
        if names[0] != names[1]:
            raise UserError(
                f'train_dataset of FrozenProbeHook has the classes {names[0]}, '
                f'test_dataset {names[1]}; give both the same.'
            )
        present = [self._classes(name) for name in self.datasets]
        shared = [names[0][number] for number in sorted(present[0] & present[1])]
        if len(shared) < 2:
            raise UserError(
                f'The windows that FrozenProbeHook reads of train_dataset and '
                f'test_dataset have {", ".join(shared) or "no class"} in common, a '
                f'probe needs two classes; read more windows or choose other rasters.'
            )
        for dataset in self.datasets.values():
            check_bands(model, dataset)

    def _classes(self, name: str) -> set[int]:
        """Numbers of the classes in the windows of a data set."""
        dataset, found = self.datasets[name], set()
        for pick in pick_windows(dataset, self.windows):
            sample = dataset[pick]['data_samples']
            if 'gt_sem_seg' not in sample:
                raise UserError(
                    f'{name} of FrozenProbeHook gives no labels; set labels, and the '
                    f'pipeline LoadRaster, LoadLabel, PackWindow.'
                )
            found.update(pixel_labels(sample).unique().tolist())
        if not found:
            raise UserError(f'{name} of FrozenProbeHook has no windows.')
        return found - {IGNORE}

    @master_only
    def _look(self, runner: Runner, step: int) -> None:
        model = bare_model(runner.model)
        start = time.perf_counter()
        with untouched(model):
            scores = self._probe(model)
        runner.visualizer.add_scalars(scores, step=step)
        text = ', '.join(f'{name} {value:.1f}' for name, value in scores.items())
        took = readable_time(time.perf_counter() - start)
        runner.logger.info(
            f'Frozen probe at iteration {step}, {took}, in percent: {text}'
        )

    def _probe(self, model: nn.Module) -> dict[str, float]:
        train, test = (
            probe_features(model, dataset, self.windows, self.pixels_per_window)
            for dataset in self.datasets.values()
        )
        classes = len(self.datasets['train_dataset'].metainfo['classes'])
        scores = {}
        for name in train:
            parts = (*train[name], *test[name])
            probes = dict(
                knn=knn_probe(*parts, self.k, classes),
                linear=linear_probe(*parts, classes),
            )
            for probe, values in probes.items():
                for score, value in values.items():
                    scores[f'probe/{name}_{probe}_{score}'] = value
        return scores
