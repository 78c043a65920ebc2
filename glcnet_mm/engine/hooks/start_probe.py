"""What a fine-tuning starts from, as a score: a probe of the frozen features."""

from collections.abc import Container, Sequence

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.registry import DATASETS, HOOKS
from mmengine.runner import Runner

from ...evaluation.probes import logistic_probe
from ...files import write_json
from ...models.bare_model import bare_model
from ...models.weights.levels import ENCODER, THIRD, parts_of_level
from ..undisturbed import untouched
from .probe_features import probe_features

# At most so many are read, spread evenly over the sets.
TRAIN_WINDOWS, TEST_WINDOWS = 256, 250


@HOOKS.register_module()
class StartProbeHook(Hook):
    """Writes what logistic regression makes of the maps before the first iteration.

    Reads the deepest map that the loaded parts make; see ``map_of_level``. Weights and
    random states stay as they were, and the run is the same without the hook.

    Args:
        train_dataset: Labelled windows to learn from: a ``WindowDataset`` with
            ``LoadRaster``, ``LoadLabel`` and ``PackWindow``.
        test_dataset: The same of other rasters, to score on.
        out_file: JSON for ``map``, ``kappa`` and ``oa``.
        level: What was loaded, as ``LoadPretrainedHook`` loads it.
        pixels_per_window: Take at most so many cells of the map of a window.
    """

    # After whatever loads weights.
    priority = 'LOWEST'

    def __init__(
        self,
        train_dataset: dict,
        test_dataset: dict,
        out_file: str,
        level: str | Sequence[str] = 'encoder',
        pixels_per_window: int = 64,
    ) -> None:
        self.parts = ((train_dataset, TRAIN_WINDOWS), (test_dataset, TEST_WINDOWS))
        self.out_file, self.level = out_file, level
        self.pixels_per_window = pixels_per_window

    @master_only
    def before_train(self, runner: Runner) -> None:
        """Looks; a resumed run has done so."""
        if runner.iter > 0:
            return
        model = bare_model(runner.model)
        with untouched(model):
            found = []
            for config, windows in self.parts:
                dataset = DATASETS.build(dict(config))
                maps = probe_features(model, dataset, windows, self.pixels_per_window)
                found.append(maps)
            train, test = found
            name = map_of_level(self.level, train)
            classes = len(dataset.metainfo['classes'])
            scores = logistic_probe(*train[name], *test[name], classes)
        write_json(self.out_file, dict(map=name, **scores))
        runner.logger.info(
            f'Logistic regression on the frozen map {name}: Kappa '
            f'{scores["kappa"]:.2f}, OA {scores["oa"]:.2f} in percent'
        )


def map_of_level(level: str | Sequence[str], maps: Container[str]) -> str:
    """The deepest of a segmentor's maps that a level makes.

    Args:
        level: See ``load_level``.
        maps: Names of what there is; see ``feature_maps``.

    Returns:
        ``d`` with the whole decoder, ``e`` with the context part of the head, else
        ``b``.
    """
    parts = set(parts_of_level(level))
    if parts & {'decode_head', *THIRD}:
        return 'd'
    return 'e' if 'e' in maps and parts & set(ENCODER) else 'b'
