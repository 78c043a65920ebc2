"""One table at the start of a run: what it will learn from."""

from collections.abc import Mapping

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch import nn

from ...datasets.domains import DomainDataset
from ...datasets.empty_rasters import check_any_valid
from ...datasets.header_notes import header_notes
from ...datasets.label_survey import absent_classes, check_labelled
from ...datasets.sampler import PerSampleSampler, SampleKey
from ...datasets.windows import WindowDataset
from ...errors import UserError
from ...models.weights.streams import accepted_bands, streams_of
from ...wording import counted
from ..single_samples import SingleSampleCheck

MAX_DISTANCE_RATIO = 1.5


@HOOKS.register_module()
class DataSummaryHook(Hook):
    """Logs files, windows, bands, valid share and labels of the training data.

    Warns of classes that no label shows. Refuses what would waste a run: a sampler
    without per-sample randomness, a batch larger than the data set or with unequal
    shares of its domains, rasters with other bands than the model takes or without a
    valid pixel, labels that are all ignored, and batches too small for batch norm.
    """

    _check: SingleSampleCheck | None = None

    def before_train(self, runner: Runner) -> None:
        """Checks and logs; see the class.

        Raises:
            UserError: The run would learn from nothing or always from the same.
        """
        loader = runner.train_dataloader
        domains = isinstance(loader.dataset, DomainDataset)
        parts = loader.dataset.datasets if domains else [loader.dataset]
        if not all(isinstance(part, WindowDataset) for part in parts):
            return
        if not isinstance(loader.sampler, PerSampleSampler):
            raise UserError(
                f'The sampler {type(loader.sampler).__name__} repeats the same draws '
                f'in every epoch; use PerSampleSampler (epochs) or '
                f'InfinitePerSampleSampler (iterations) in train_dataloader.'
            )
        if loader.drop_last and len(loader.sampler) < loader.batch_size:
            raise UserError(
                f'The training set has {counted(len(loader.sampler), "window")} per '
                f'process, fewer than one batch of {loader.batch_size}: lower '
                f'batch_size or add windows.'
            )
        if loader.batch_size % len(parts):
            raise UserError(
                f'A batch of {loader.batch_size} has unequal shares of '
                f'{len(parts)} domains: choose a batch_size divisible by {len(parts)}.'
            )
        for number, part in enumerate(parts):
            check_bands(runner.model, part)
            check_any_valid(part)
            check_labelled(part)
            share = loader.batch_size // len(parts)
            self._log(runner, part, share, f', domain {number}' if domains else '')
        self._check = SingleSampleCheck(runner)

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: dict | None = None,
    ) -> None:
        """Ends what looks at the first iteration only."""
        check, self._check = self._check, None
        if check is not None:
            check.close()

    @master_only
    def _log(
        self, runner: Runner, dataset: WindowDataset, per_batch: int, name: str
    ) -> None:
        facts = dataset.summary()
        rows = summary_rows(facts, dataset.label_paths is not None)
        rows['windows'] += f', {per_batch} per batch'
        if facts['small_files']:
            runner.logger.warning(
                f'{counted(facts["small_files"], "raster is", "rasters are")} smaller '
                f'than the window of {dataset.index.window} px, the first is '
                f'{facts["first_small"]}; what is missing is padded with invalid '
                f'pixels, so choose a smaller window if you can.'
            )
        notes = header_notes(dataset.sources, dataset.choice)
        seen = list(facts['label_histogram'].values())
        absent = [absence.text for absence in absent_classes(dataset, seen)]
        for warning in [*distance_warnings(facts), *notes, *absent]:
            runner.logger.warning(warning)
        width = max(map(len, rows))
        table = '\n'.join(f'  {key:<{width}}  {text}' for key, text in rows.items())
        runner.logger.info(
            f'Training data{name} (shares from a sample of windows):\n{table}'
        )


def summary_rows(facts: Mapping, labelled: bool) -> dict[str, str]:
    """The lines of the table, from ``WindowDataset.summary``."""
    rows = {
        'rasters': str(facts['files']),
        'windows': f'{facts["windows"]} per epoch',
        'bands': f'{facts["bands"]} of {", ".join(facts["dtypes"])}',
        'valid pixels': f'{facts["valid_share"]:.1%}',
        'validity': facts['validity'],
        'pixel on the ground': ground_distance(facts),
    }
    if 'dated_share' in facts:
        rows['with another date'] = f'{facts["dated_share"]:.1%} of the windows'
    if labelled:
        for label, share in facts['label_histogram'].items():
            rows[f'label {label}'] = f'{share:.1%}'
        unknown = facts['unknown_label_pixels']
        rows['colours not in the table'] = f'{unknown} pixels, ignored'
    return rows


def ground_distance(facts: Mapping) -> str:
    """What a pixel covers on the ground, in words, from ``WindowDataset.summary``."""
    if facts['pixel_metres'] is None:
        return 'unknown, for no raster has a CRS and pixel_size is not set'
    least, most = (f'{metres:.3g}' for metres in facts['pixel_metres'])
    text = f'{least} m' if least == most else f'{least} to {most} m'
    if facts['unlocated_files']:
        text += f', unknown for {counted(facts["unlocated_files"], "raster")}'
    return text if facts['gsd'] is None else f'{text}, resampled to {facts["gsd"]:g} m'


def distance_warnings(facts: Mapping) -> list[str]:
    """What makes windows of equal size show unequal ground."""
    found = []
    if facts['gsd'] is not None or facts['pixel_metres'] is None:
        return found
    least, most = facts['pixel_metres']
    if most > MAX_DISTANCE_RATIO * least:
        found.append(
            f'Pixels of the rasters cover from {least:.3g} to {most:.3g} m on the '
            f'ground, so windows of equal size show objects at unequal scale: set gsd '
            f'in the data set to read all at one ground sample distance.'
        )
    if facts['unlocated_files']:
        found.append(
            f'{counted(facts["unlocated_files"], "raster has", "rasters have")} no CRS '
            f'while others do, the '
            f'first is {facts["first_unlocated"]}; whether their pixels cover as much '
            f'ground as those of the others is unknown.'
        )
    return found


def check_bands(model: nn.Module, dataset: WindowDataset) -> None:
    """Compares one sample with what the model takes.

    Raises:
        UserError: They have different numbers of bands.
    """
    model = model.module if is_model_wrapper(model) else model
    wanted = accepted_bands(model)
    inputs = dataset[SampleKey(0, 0, 0)]['inputs']
    bands = (inputs[0] if isinstance(inputs, list) else inputs).shape[0]
    if wanted and bands not in wanted:
        numbers = ' or '.join(map(str, sorted(wanted)))
        remedy = 'bands' if streams_of(model) else f'in_channels={bands}'
        raise UserError(
            f'{dataset.index.infos[0].path} is read with {counted(bands, "band")} but '
            f'the model takes {numbers}; set {remedy} in the backbone or choose bands '
            f'in LoadRaster.'
        )
