"""One table at the start of a run: what it will learn from."""

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from ..datasets.sampler import PerSampleSampler
from ..datasets.windows import WindowDataset


@HOOKS.register_module()
class DataSummaryHook(Hook):
    """Logs files, windows, bands, valid share and labels of the training data.

    Refuses what would waste a run: a sampler without per-sample randomness, and a
    batch larger than the data set.
    """

    def before_train(self, runner: Runner) -> None:
        """Checks and logs; see the class.

        Raises:
            ValueError: The run would learn from nothing or always from the same.
        """
        loader = runner.train_dataloader
        if not isinstance(loader.dataset, WindowDataset):
            return
        if not isinstance(loader.sampler, PerSampleSampler):
            raise ValueError(
                f'The sampler {type(loader.sampler).__name__} repeats the same draws '
                f'in every epoch; use PerSampleSampler (epochs) or '
                f'InfinitePerSampleSampler (iterations) in train_dataloader.'
            )
        if loader.drop_last and len(loader.sampler) < loader.batch_size:
            raise ValueError(
                f'The training set has {len(loader.sampler)} windows per process, '
                f'fewer than one batch of {loader.batch_size}: lower batch_size or '
                f'add windows.'
            )
        self._log(runner, loader)

    @master_only
    def _log(self, runner: Runner, loader: DataLoader) -> None:
        facts = loader.dataset.summary()
        rows = {
            'rasters': facts['files'],
            'windows': f'{facts["windows"]} per epoch, {loader.batch_size} per batch',
            'bands': f'{facts["bands"]} of {", ".join(facts["dtypes"])}',
            'valid pixels': f'{facts["valid_share"]:.1%}',
        }
        if loader.dataset.label_paths is not None:
            for name, share in facts['label_histogram'].items():
                rows[f'label {name}'] = f'{share:.1%}'
            unknown = facts['unknown_label_pixels']
            rows['colours not in the table'] = f'{unknown} pixels, ignored'
        width = max(map(len, rows))
        table = '\n'.join(f'  {name:<{width}}  {text}' for name, text in rows.items())
        runner.logger.info(f'Training data (shares from a sample of windows):\n{table}')
