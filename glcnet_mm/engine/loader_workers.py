"""The processes that load data: none are kept that nobody asks for more."""

from collections.abc import Mapping
from typing import Any

from mmengine.runner import BaseLoop, Runner
from torch.utils.data.dataloader import _MultiProcessingDataLoaderIter


def with_workers_only(loader: Any) -> Any:
    """A loader's config without what torch refuses where there are no workers.

    Args:
        loader: Config, or a loader, which stays as it is.
    """
    if not isinstance(loader, Mapping) or loader.get('num_workers'):
        return loader
    needs_workers = ('persistent_workers', 'prefetch_factor')
    return {key: value for key, value in loader.items() if key not in needs_workers}


def end_workers(runner: Runner) -> None:
    """Ends the workers of all loaders of a runner; another loop starts new ones.

    Torch leaves them, with the batches that they hold ready, until the process ends or
    the garbage collector finds the loader and then waits up to seconds for each.
    """
    for loop in (runner._train_loop, runner._val_loop, runner._test_loop):
        if not isinstance(loop, BaseLoop):
            continue
        # mmengine's loop over iterations holds the workers; those that are persistent,
        # the loader as well.
        loader = loop.dataloader
        for holder in (getattr(loop, 'dataloader_iterator', loader), loader):
            iterator = getattr(holder, '_iterator', None)
            if isinstance(iterator, _MultiProcessingDataLoaderIter):
                iterator._shutdown_workers()
                holder._iterator = None
