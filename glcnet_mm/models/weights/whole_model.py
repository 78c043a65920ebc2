"""Weights of a checkpoint for a model that must have exactly its weights."""

import os
from collections.abc import Sequence

from torch import Tensor, nn

from ...errors import MissingFileError, UserError
from ...stats_file import Numbers, read_scale
from .checkpoints import bare_name, check_weights


def with_stored_scale(model: dict, weights: dict[str, Tensor], path: str) -> dict:
    """A model's config with the scale of its inputs as figures.

    Those of the checkpoint come first: the file of statistics that the config names may
    have changed since the training, or be elsewhere.
    """
    preprocessor = dict(model.get('data_preprocessor') or {})
    stats = preprocessor.pop('stats', None)
    if stats is None:
        return model
    percentiles = preprocessor.pop('percentiles', None)
    names = ('mean', 'std')
    found = (weights.get(f'data_preprocessor.{name}') for name in names)
    stored = [
        values.flatten().tolist() for values in found if isinstance(values, Tensor)
    ]
    scale: Sequence[Numbers]
    if len(stored) == len(names):
        scale = stored
    elif os.path.isfile(stats):
        scale = read_scale(None, None, stats, percentiles)
    else:
        raise MissingFileError(
            f'{stats}, which the config names for the scale of the inputs, does not '
            f'exist, and the checkpoint {path} does not hold that scale: bring the '
            f'file back, or set mean and std of data_preprocessor.'
        )
    preprocessor.update(zip(names, scale, strict=True))
    return dict(model, data_preprocessor=preprocessor)


def load_strictly(model: nn.Module, weights: dict[str, Tensor], path: str) -> None:
    """Loads weights; see ``check_weights`` for which the model must find."""
    _check_bands(model, weights, path)
    check_weights(model, weights, complete=True, source=f'The checkpoint {path}')
    there = {bare_name(name): value for name, value in weights.items()}
    model.load_state_dict({k: there.get(k, v) for k, v in model.state_dict().items()})


def stem_name(model: nn.Module) -> str | None:
    """Name of the weight that meets the bands first."""
    for name, module in model.get_submodule('backbone').named_modules():
        if isinstance(module, nn.Conv2d):
            return f'backbone.{name}.weight'
    return None


def _check_bands(model: nn.Module, weights: dict[str, Tensor], path: str) -> None:
    name = stem_name(model)
    if name not in weights:
        return
    bands, wanted = weights[name].shape[1], model.state_dict()[name].shape[1]
    if bands != wanted:
        raise UserError(
            f"The checkpoint {path} was trained on {bands} bands, the config's model "
            f'has {wanted}: give the config it was trained with.'
        )
