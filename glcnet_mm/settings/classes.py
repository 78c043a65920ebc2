"""Whether the heads have one output for each class of the data."""

from collections.abc import Iterator

from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from torch import nn

from ..datasets.windows import WindowDataset
from ..errors import UserError
from ..models.bare_model import bare_model


def check_classes(model: nn.Module, dataset: WindowDataset, source: str) -> None:
    """Compares every head of a segmentor with the classes of a data set.

    Args:
        model: Of any kind; one without heads has nothing to compare.
        dataset: Labelled or not.
        source: Its name in the config.

    Raises:
        UserError: A head has another number of classes, or one output and a softmax.
    """
    classes = dataset.metainfo['classes']
    for name, head in heads_of(model):
        _check_softmax(name, head)
        if classes and dataset.label_paths and head.num_classes != len(classes):
            raise UserError(
                f'model.{name} has num_classes={head.num_classes}, but {source} names '
                f'{len(classes)} classes ({", ".join(classes[:4])}'
                f'{", ..." if len(classes) > 4 else ""}): set num_classes='
                f'{len(classes)}, or correct classes.'
            )


def heads_of(model: nn.Module) -> Iterator[tuple[str, BaseDecodeHead]]:
    """Heads that classify pixels, with their names in the config."""
    for name, module in bare_model(model).named_modules():
        if isinstance(module, BaseDecodeHead) and hasattr(module, 'conv_seg'):
            yield name.removeprefix('module.'), module


def _check_softmax(name: str, head: BaseDecodeHead) -> None:
    losses = head.loss_decode
    losses = losses if isinstance(losses, nn.ModuleList) else [losses]
    softmax = any(not getattr(loss, 'use_sigmoid', True) for loss in losses)
    if head.out_channels == 1 and softmax:
        raise UserError(
            f'model.{name} has one output, whose softmax is 1 everywhere, so that '
            f'nothing would be learnt: set num_classes=2, of the background and the '
            f'class, or num_classes=2, out_channels=1 and use_sigmoid=True of '
            f'loss_decode.'
        )
