"""Matched regions of a sample, by the settings of the config's model."""

from mmengine.config import Config
from mmengine.registry import MODELS

from ..errors import UserError
from ..models.heads import LocalMatchingHead
from ..models.matching.region_matching import MatchedRegions
from .pipeline_trace import Trace


def build_local_head(config: Config) -> LocalMatchingHead | None:
    """The part of the model that draws regions; None where it has none.

    Balanced draws follow the maps of a network; places are then drawn uniformly.

    Raises:
        UserError: The settings of the head are wrong.
    """
    settings = config.get('model', {}).get('local_head')
    if not settings:
        return None
    uniform = dict(settings)
    if settings.get('sampling') == 'balanced':
        uniform.update(sampling='uniform')
    try:
        head = MODELS.build(uniform)
    except (KeyError, TypeError) as error:
        raise UserError(
            f'model.local_head of {config.filename} cannot be built ({error}); correct '
            f'its type and arguments.'
        ) from error
    return head if isinstance(head, LocalMatchingHead) else None


def matched_regions(
    head: LocalMatchingHead | None, trace: Trace
) -> MatchedRegions | None:
    """Regions of the two views that training would match, or None."""
    inputs = trace.packed.get('inputs')
    if head is None or not isinstance(inputs, list) or len(inputs) != 2:
        return None
    return head.match(None, [trace.packed['data_samples']])
