"""One table at the start of a run: what it will learn from."""

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch import nn

from ...datasets.domains import DomainDataset
from ...datasets.sampler import PerSampleSampler, SampleKey
from ...datasets.windows import WindowDataset
from ...errors import UserError
from ...inspection.facts import gather
from ...inspection.findings import findings
from ...inspection.table import rows_of, text_of
from ...models.bare_model import bare_model
from ...models.weights.streams import accepted_bands, streams_of
from ...wording import counted
from ..single_samples import SingleSampleCheck


@HOOKS.register_module()
class DataSummaryHook(Hook):
    """Logs files, windows, bands, valid share and labels of the training data.

    Warns of all that looks wrong; see ``inspection.findings``. Refuses what would
    waste a run: a sampler without per-sample randomness, a batch larger than the data
    set or with unequal shares of its domains, rasters with other bands than the model
    takes or without a valid pixel, labels that are all ignored, and batches too small
    for batch norm.
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
            self._look(
                runner,
                part,
                loader.batch_size // len(parts),
                f', domain {number}' if domains else '',
            )
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

    def _look(
        self, runner: Runner, dataset: WindowDataset, per_batch: int, name: str
    ) -> None:
        model = runner.cfg.get('model') or {}
        facts = gather(dataset, model)
        found = findings(facts, model)
        if found and found[0].weight == 'stops':
            raise UserError(found[0].text)
        if not is_main_process():
            return
        for finding in found:
            runner.logger.warning(finding.text)
        rows = rows_of(facts)
        rows['windows'] = f'{len(dataset)} per epoch, {per_batch} per batch'
        table = '\n'.join(text_of(rows))
        runner.logger.info(
            f'Training data{name} (shares from a sample of windows):\n{table}'
        )


def check_bands(model: nn.Module, dataset: WindowDataset) -> None:
    """Compares one sample with what the model takes.

    Raises:
        UserError: They have different numbers of bands.
    """
    model = bare_model(model)
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
