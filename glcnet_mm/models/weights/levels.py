"""Loading levels: which parts of a pre-trained model a segmentor starts from."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mmengine.logging import MMLogger
from torch import Tensor, nn

from ...errors import UserError
from .checkpoints import read_checkpoint
from .key_styles import translate
from .stem import inflate_stem
from .streams import check_streams, streams_of, to_stream

# Names of the parts, in this package's DeepLabV3PlusHead and in mmseg's separable head.
ENCODER = (
    'decode_head.image_pool',
    'decode_head.aspp_modules',
    'decode_head.bottleneck',
)
FIRST_TWO = ('decode_head.c1_bottleneck', 'decode_head.decoder.0')
FIRST_TWO_SEPARABLE = ('decode_head.c1_bottleneck', 'decode_head.sep_bottleneck.0')
THIRD = ('decode_head.decoder.1', 'decode_head.sep_bottleneck.1')
LEVELS = {
    'backbone': ('backbone',),
    'encoder': ('backbone', *ENCODER),
    'decoder12': ('backbone', *ENCODER, *FIRST_TWO, *FIRST_TWO_SEPARABLE),
    'decoder123': (
        'backbone', *ENCODER, *FIRST_TWO, *FIRST_TWO_SEPARABLE, *THIRD
    ),
    # Everything but the classifier, for any other head.
    'decoder': ('backbone', 'decode_head'),
}  # fmt: skip
CLASSIFIER = 'decode_head.conv_seg'


class LoadReport(NamedTuple):
    """Names of weights by what became of them."""

    loaded: list[str]
    missing: list[str]
    unexpected: list[str]
    mismatched: list[str]
    style: str

    def lines(self) -> list[str]:
        """One line per kind, naming the first few."""
        return [
            f'{kind}: {len(names)}'
            + (f' ({", ".join(names[:4])}{", ..." * (len(names) > 4)})' * bool(names))
            for kind, names in zip(self._fields[:4], self[:4], strict=True)
        ]


def load_level(
    model: nn.Module,
    checkpoint: str,
    level: str | Sequence[str] = 'encoder',
    inflate: bool = False,
    style: str = 'auto',
    stream: str | None = None,
) -> LoadReport:
    """Loads the parts of a checkpoint that ``level`` names, in place.

    Args:
        model: A segmentor, or a self-supervised algorithm (its neck's decode head
            counts as the decode head).
        checkpoint: See ``read_checkpoint``.
        level: ``backbone``, ``encoder``, ``decoder12``, ``decoder123``, ``decoder`` or
            prefixes of names.
        inflate: Fit the stem to the model's bands; see ``inflate_stem``.
        style: How the checkpoint names its weights; see ``translate``.
        stream: ``optical`` or ``sar``: what a model of one modality takes from a
            ``DualBackbone``, or where in one the weights of one modality go.

    Raises:
        UserError: Nothing matches, the level, style or stream is unknown or wrong, or
            the stem has other bands.
    """
    parts_of_level(level)  # an unknown level is told before a large file is read
    raw = read_checkpoint(checkpoint)
    style, renamed, unknown = translate(raw, style, checkpoint)
    weights = fit_streams(model, renamed, level, stream, checkpoint)
    matched = match_level(model, weights, level, inflate, checkpoint)
    # A counter of batches fits every network.
    if not any(value.dim() for value in matched.weights.values()):
        raise UserError(
            f'Nothing in {checkpoint} matches the level {level}: it holds '
            f'{", ".join(list(raw)[:3])}, ..., the model '
            f'{", ".join(list(model.state_dict())[:3])}, ...'
        )
    model.load_state_dict(matched.weights, strict=False)
    report = LoadReport(list(matched.weights), *matched[1:], style)
    logger = MMLogger.get_current_instance()
    logger.info(
        f'Weights of {checkpoint}, level {level}, key style {style} '
        f'({len(unknown)} of {len(raw)} names are not part of it)'
    )
    for line in report.lines():
        logger.info(f'  {line}')
    return report


class LevelMatch(NamedTuple):
    """What of some weights a model takes, and names of the rest; see ``LoadReport``."""

    weights: dict[str, Tensor]
    missing: list[str]
    unexpected: list[str]
    mismatched: list[str]


def match_level(
    model: nn.Module,
    weights: Mapping[str, Tensor],
    level: str | Sequence[str],
    inflate: bool = False,
    source: str = 'The checkpoint',
) -> LevelMatch:
    """Pairs the weights of a loading level with a model's; loads nothing.

    Args:
        model: As in ``load_level``.
        weights: Under names of a segmentor or of a self-supervised algorithm.
        level: As in ``load_level``.
        inflate: Fit the stem to the model's bands.
        source: What error messages call the weights.
    """
    parts = parts_of_level(level)
    weights = {_segmentor_name(k): v for k, v in weights.items()}
    chosen = {k: v for k, v in weights.items() if _belongs(k, parts)}
    own = {_segmentor_name(k): (k, v) for k, v in model.state_dict().items()}
    stems = _stems({n: v for n, (_, v) in own.items()}, streams_of(model))
    matched, unexpected, mismatched = {}, [], []
    for name, value in chosen.items():
        if name not in own:
            unexpected.append(name)
            continue
        key, target = own[name]
        if name in stems:
            value = _fit_stem(name, value, target, inflate, source)
        if value.shape == target.shape:
            matched[key] = value
        else:
            mismatched.append(f'{name} {tuple(value.shape)} for {tuple(target.shape)}')
    missing = [n for n in own if _belongs(n, parts) and n not in chosen]
    return LevelMatch(matched, missing, unexpected, mismatched)


def fit_streams(
    model: nn.Module,
    weights: Mapping[str, Tensor],
    level: str | Sequence[str],
    stream: str | None,
    source: str,
) -> Mapping[str, Tensor]:
    """Weights under the names of a model of one modality or of two.

    Args:
        model: As in ``load_level``.
        weights: As ``translate`` names them.
        level: As in ``load_level``.
        stream: As in ``load_level``.
        source: What error messages call the weights.

    Raises:
        UserError: The stream is unknown, missing or not needed.
    """
    if stream is not None:
        return to_stream(weights, stream, streams_of(model), source)
    if 'backbone' in parts_of_level(level):
        check_streams(weights, streams_of(model), source)
    return weights


def parts_of_level(level: str | Sequence[str]) -> tuple[str, ...]:
    """Prefixes of the names of the weights that a loading level takes.

    Raises:
        UserError: There is no such level.
    """
    if not isinstance(level, str):
        return tuple(level)
    if level not in LEVELS:
        raise UserError(
            f'There is no loading level "{level}"; choose one of {", ".join(LEVELS)}.'
        )
    return LEVELS[level]


def _belongs(name: str, parts: Sequence[str]) -> bool:
    if name.startswith(CLASSIFIER):
        return False
    return any(name == part or name.startswith(f'{part}.') for part in parts)


def _segmentor_name(key: str) -> str:
    return re.sub(r'^neck\.decode_head\.', 'decode_head.', key)


def _stems(weights: Mapping[str, Tensor], streams: Sequence[str]) -> set[str]:
    """Names of the first convolution of the backbone, or of each of its streams."""
    prefixes = [f'backbone.{stream}.' for stream in streams] or ['backbone.']
    firsts = (
        next((n for n, v in weights.items() if n.startswith(p) and v.dim() == 4), None)
        for p in prefixes
    )
    return {name for name in firsts if name is not None}


def _fit_stem(
    name: str, value: Tensor, target: Tensor, inflate: bool, checkpoint: str
) -> Tensor:
    """A first convolution fitted to the bands, or as it is if its kernel differs."""
    same_kernel = value.dim() == target.dim() == 4 and value.shape[0] == len(target)
    same_kernel = same_kernel and value.shape[2:] == target.shape[2:]
    if not same_kernel or value.shape[1] == target.shape[1]:
        return value
    if not inflate:
        raise UserError(
            f'{checkpoint} was trained on {value.shape[1]} bands but the model takes '
            f'{target.shape[1]} ({name}); set inflate_stem=True to convert the weights.'
        )
    return inflate_stem(value, target.shape[1])
