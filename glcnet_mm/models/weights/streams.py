"""Weights of one modality in and out of networks with two."""

from collections.abc import Mapping, Sequence
from itertools import islice

from torch import Tensor, nn

from ...errors import UserError
from ..backbones.dual import DualBackbone

HEAD = 'decode_head.'
# A decode head of its own, in the neck of a pre-training.
SAR_HEAD = 'neck.sar.decode_head.'


def streams_of(model: nn.Module) -> Sequence[str]:
    """Names of the streams of a model's backbone; none of a plain one."""
    backbone = getattr(model, 'backbone', None)
    return backbone.streams if isinstance(backbone, DualBackbone) else ()


def accepted_bands(model: nn.Module) -> set[int]:
    """Numbers of bands that a model's images may have; empty if it does not tell."""
    backbone = getattr(model, 'backbone', model)
    if isinstance(backbone, DualBackbone):
        return backbone.accepted
    convolutions = (m for m in backbone.modules() if isinstance(m, nn.Conv2d))
    return {stem.in_channels for stem in islice(convolutions, 1)}


def check_streams(
    weights: Mapping[str, Tensor], into: Sequence[str], source: str
) -> None:
    """Refuses backbones of one and two streams for each other.

    A decode head that fits both would hide that nothing of the backbone does.
    """
    backbone = [name for name in weights if name.startswith('backbone.')]
    prefixes = tuple(f'backbone.{stream}.' for stream in DualBackbone.streams)
    both = any(name.startswith(prefixes) for name in backbone)
    if backbone and both != bool(into):
        numbers = ('two streams', 'one') if both else ('one stream', 'two')
        raise UserError(
            f'{source} has a backbone with {numbers[0]}, the model {numbers[1]}; say '
            f'which by stream="optical" or stream="sar".'
        )


def to_stream(
    weights: Mapping[str, Tensor], stream: str, into: Sequence[str], source: str
) -> dict[str, Tensor]:
    """Renames weights between a stream of two and a plain backbone.

    Of a two-stream checkpoint the stream's backbone is kept, and the decode head that
    it shares or has for itself. Into a two-stream model the weights of a plain backbone
    go as those of the stream; the decode head's stay what they are.

    Args:
        weights: As ``translate`` names them.
        stream: Of ``DualBackbone.streams``.
        into: Streams of the model; none of a plain one.
        source: What error messages call the weights.

    Raises:
        UserError: There is no such stream, or both sides have one.
    """
    if stream not in DualBackbone.streams:
        raise UserError(f'stream is one of {DualBackbone.streams}, got "{stream}".')
    own = f'backbone.{stream}.'
    has_streams = any(name.startswith(own) for name in weights)
    if has_streams == bool(into):
        raise UserError(
            f'{source} and the model both have '
            f'{"two streams" if into else "one backbone"}, so there is no stream to '
            f'choose; leave stream="{stream}" out.'
        )
    if into:
        return {_add(name, own): value for name, value in weights.items()}
    separate = stream == 'sar' and any(name.startswith(SAR_HEAD) for name in weights)
    renamed = {own: 'backbone.', SAR_HEAD if separate else HEAD: HEAD}
    return {
        new + name.removeprefix(old): value
        for name, value in weights.items()
        for old, new in renamed.items()
        if name.startswith(old)
    }


def _add(name: str, own: str) -> str:
    if name.startswith('backbone.'):
        return own + name.removeprefix('backbone.')
    return name
