"""Reading checkpoints, without running any code in them."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ...errors import UserError
from .safe_pickle import load_safely


class Checkpoint(NamedTuple):
    """What models are built from.

    Attributes:
        weights: ``{name: tensor}`` under the names they have there; see ``translate``.
        meta: What a training run notes beside them; empty without.
    """

    weights: dict[str, Tensor]
    meta: dict[str, Any]


def read_checkpoint(path: str | Path) -> Checkpoint:
    """Reads a checkpoint, without running any code in it.

    Raises:
        MissingFileError: There is no such file.
        UserError: It is not a checkpoint, or holds more than weights.
    """
    content = load_safely(path)
    weights = _find_weights(content)
    if not weights:
        raise UserError(f'{path} holds no weights; give a checkpoint of a model.')
    refuse_not_finite(weights, f'The checkpoint {path}')
    meta = content.get('meta') if isinstance(content, Mapping) else None
    return Checkpoint(weights, meta if isinstance(meta, dict) else {})


def _find_weights(content: object) -> dict[str, Tensor]:
    if not isinstance(content, Mapping):
        return {}
    for key in ('state_dict', 'model', 'model_state_dict'):
        if isinstance(inner := content.get(key), Mapping):
            content = inner
            break
    return {k: v for k, v in content.items() if isinstance(v, Tensor)}


def refuse_not_finite(weights: Mapping, source: str = 'The checkpoint') -> None:
    """Refuses weights that would make every result NaN.

    Raises:
        UserError: It names the first.
    """
    for name, value in weights.items():
        if not isinstance(value, Tensor) or not value.is_floating_point():
            continue
        if not torch.isfinite(value).all():
            raise UserError(
                f'{source} holds values that are NaN or infinite, the first in {name}: '
                f'give one of before the training went wrong.'
            )


def _pretrains(names: Iterable[str]) -> bool:
    """Whether weights are of a pre-training, whose decode head is part of a neck."""
    return any(name.startswith('neck.decode_head.') for name in names)


def check_weights(
    model: nn.Module,
    weights: Mapping,
    complete: bool,
    source: str = 'The checkpoint',
) -> None:
    """Refuses weights of another model, which mmengine passes over with a log line.

    Args:
        model: That they are for.
        weights: ``{name: tensor}``.
        complete: Whether all weights of the model must be there, in their shapes.
        source: What errors call the file.

    Raises:
        UserError: None, or not all, are there, or some have another shape or are not
            finite.
    """
    values = {bare_name(name): value for name, value in model.state_dict().items()}
    own, names = list(values), {bare_name(name) for name in weights}
    if not names & set(own):
        found = ', '.join(sorted(names)[:3]) or 'nothing'
        raise UserError(
            f'{source} has no weight of the model: it holds {found}, the model '
            f'{", ".join(own[:3])}, ...; give one of the same model.'
        )
    # Old files lack the counters; the scale of the inputs is the config's, too.
    optional = ('num_batches_tracked', 'preprocessor.mean', 'preprocessor.std')
    missing = [n for n in own if n not in names and not n.endswith(optional)]
    if complete and missing:
        remedy = 'give one of the same model'
        if _pretrains(names) != _pretrains(own):
            remedy = (
                'it is of a pre-training, so fine-tune from it first'
                if _pretrains(names)
                else 'the model is of a pre-training, so give the config that the '
                'checkpoint was trained with'
            )
        raise UserError(
            f'{source} lacks {len(missing)} of the {len(own)} weights of the '
            f'model, the first is {missing[0]}: {remedy}.'
        )
    shapes = {bare_name(name): value.shape for name, value in _tensors(weights)}
    wrong = [
        f'{name} is {tuple(shapes[name])} there and {tuple(value.shape)} in the model'
        for name, value in values.items()
        if name in shapes and shapes[name] != value.shape
    ]
    if complete and wrong:
        raise UserError(
            f'{source} does not fit the model in {len(wrong)} weights, the first is '
            f'{wrong[0]}: give one of the same model, or the config it was trained '
            f'with.'
        )
    refuse_not_finite(weights, source)


def bare_name(name: object) -> str:
    """Name of a weight without what a parallel wrapper puts before it."""
    return str(name).removeprefix('module.')


def _tensors(weights: Mapping) -> Iterator[tuple[object, Tensor]]:
    return ((n, v) for n, v in weights.items() if isinstance(v, Tensor))
