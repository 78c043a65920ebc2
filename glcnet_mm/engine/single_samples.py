"""Batches of one sample, which batch norm after a pooled map cannot learn from."""

from typing import Any

from mmengine.runner import EpochBasedTrainLoop, Runner
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ..errors import UserError


class SingleSampleCheck:
    """Finds in the first iteration whether a batch of one sample would end the run.

    Torch refuses to normalise a single value per channel; it does so with a traceback
    that names neither layer nor remedy, and for the last batch of an epoch only when
    that comes.
    """

    def __init__(self, runner: Runner) -> None:
        self._smallest, self._why = smallest_batch(runner)
        self._pooled: list[str] = []
        self._handles = []
        if self._smallest == 1:
            for name, module in runner.model.named_modules():
                # The synchronised kind counts the samples of all processes.
                if isinstance(module, _BatchNorm) and not isinstance(
                    module, nn.SyncBatchNorm
                ):
                    hook = self._watch(name)
                    self._handles.append(module.register_forward_pre_hook(hook))

    def close(self) -> None:
        """Ends after the first iteration.

        Raises:
            UserError: A later batch of one sample would end the run.
        """
        for handle in self._handles:
            handle.remove()
        if self._pooled:
            raise UserError(self._sentence(self._pooled[0]))

    def _watch(self, name: str) -> Any:
        def look(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            x = inputs[0]
            if not module.training or x.shape[2:].numel() > 1:
                return
            if len(x) == 1:
                raise UserError(self._sentence(name))
            self._pooled.append(name)

        return look

    def _sentence(self, name: str) -> str:
        return (
            f'{self._why}, but the batch norm {name} sees one value per sample and '
            f'needs two samples at least: set another batch_size, or drop_last=True '
            f'in train_dataloader if only the last batch is so small.'
        )


def smallest_batch(runner: Runner) -> tuple[int, str]:
    """Samples of the smallest batch of this process, and where it comes from."""
    loader = runner.train_dataloader
    size = loader.batch_size
    if size == 1:
        return 1, 'train_dataloader has a batch_size of 1'
    count = len(loader.sampler)
    left = count % size
    if (
        isinstance(runner.train_loop, EpochBasedTrainLoop)
        and left
        and (not loader.drop_last)
    ):
        text = f'The last batch of an epoch has {left} of {count} samples'
        return left, text
    return size, f'A batch has {size} samples'
