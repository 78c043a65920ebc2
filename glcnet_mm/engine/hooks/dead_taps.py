"""A warning at the start of a run whose network does not fit its windows."""

import copy
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial

from mmengine.config import Config
from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.registry import DATASETS, FUNCTIONS, HOOKS
from mmengine.runner import Runner
from torch import Tensor, nn

from ...models.bare_model import bare_model
from ...models.dead_taps import DeadTaps, TapRecord, advice, dead_taps, watch_taps
from ..undisturbed import untouched


@HOOKS.register_module()
class DeadTapsHook(Hook):
    """Names convolutions whose taps lie in padding everywhere; see ``dead_taps``.

    Watches the first training step, whatever the model; nothing else is computed and
    no weight or random state differs.

    Args:
        published: The recipe is published with them, so they are named without a
            warning, and a study takes them.
    """

    def __init__(self, published: bool = False) -> None:
        self.published = published
        self.watching = ExitStack()
        self.records: dict[str, TapRecord] = {}

    def before_train(self, runner: Runner) -> None:
        """Begins to watch."""
        model = bare_model(runner.model)
        self.records = self.watching.enter_context(watch_taps(model))

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: dict | None = None,
    ) -> None:
        """Reports after the first step and watches no longer."""
        if self.records:
            self.watching.close()
            self._report(runner)
            self.records = {}

    @master_only
    def _report(self, runner: Runner) -> None:
        found = dead_taps(self.records)
        if found and self.published:
            names = ', '.join(one.name for one in found)
            runner.logger.info(f'As published, taps in padding never learn in {names}.')
        elif found:
            runner.logger.warning(advice(found))


def dead_taps_published(config: Config) -> bool:
    """Whether a config says that its recipe is published with dead taps."""
    hook = config.get('default_hooks', {}).get('dead_taps', {})
    return hook.get('published', False)


def read_samples(loader: Mapping) -> Mapping:
    """Two samples, or as many of each domain, as a loader of that config gives."""
    dataset = DATASETS.build(loader['dataset'])
    collate = loader.get('collate_fn', dict(type='pseudo_collate'))
    count = 2 * getattr(dataset, 'num_domains', 1)
    first = [dataset[number % len(dataset)] for number in range(count)]
    return FUNCTIONS.get(collate['type'])(first)


def find_dead_taps(model: BaseModel, batch: Mapping) -> list[DeadTaps]:
    """Dead taps in one training step on ``batch``, without computing convolutions.

    Only the sizes of maps matter, so those of a copy of the model give zeros.

    Args:
        model: A segmentor or a self-supervised algorithm; left as it is.
        batch: As a data loader gives it, of two samples or more.
    """
    shadow = copy.deepcopy(model)
    for module in shadow.modules():
        if isinstance(module, nn.Conv2d):
            # Of this layer alone, not of its class, which is what mypy guards.
            module._conv_forward = partial(  # type: ignore[method-assign]
                _zeros, module._conv_forward
            )
    with untouched(shadow), watch_taps(shadow) as records:
        shadow.train()
        shadow(**shadow.data_preprocessor(dict(batch), True), mode='loss')
    return dead_taps(records)


def _zeros(forward: Callable, source: Tensor, *weights: Tensor | None) -> Tensor:
    """What a convolution gives, in size."""
    flat = [None if w is None else w.to('meta') for w in (source, *weights)]
    return source.new_zeros(forward(*flat).shape)
