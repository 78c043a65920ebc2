"""What is odd in the values of single bands, a sentence for all bands alike."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ..rasters.raster_io import RasterInfo
from ..wording import named_bands

TINY = (8, 512)
"""Values between the outer percentiles, of types of 8 bits and of wider ones."""


class Span(NamedTuple):
    """From where to where the values of a band go."""

    band: int
    low: float
    high: float


def band_notes(
    info: RasterInfo, spans: Sequence[Span], rows: np.ndarray, ranged: bool
) -> Iterator[str]:
    """A sentence on every kind of odd bands, in the order of the first of each.

    Args:
        info: Of the first raster.
        spans: Of the bands, from the least to the largest value of all pixels.
        rows: Values ``(N, C)`` of some of the pixels.
        ranged: Whether a value range was chosen; else what may mislead the choice.
    """
    kinds: dict[str, list[Span]] = {}
    dtype = np.dtype(info.dtype)
    for span, values in zip(spans, rows.T, strict=True):
        inner = Span(span.band, *np.percentile(values, (0.1, 99.9)))
        if span.low == span.high:
            kind = 'empty' if span.low == info.nodata else 'constant'
            kinds.setdefault(kind, []).append(span)
        elif dtype.kind == 'u' and _is_mask(values, span):
            kinds.setdefault('mask', []).append(span)
        elif not ranged and dtype.kind in 'iu' and _is_tiny(inner, dtype):
            kinds.setdefault('few', []).append(inner)
    texts = dict(empty=_empty, constant=_constant, mask=_mask)
    for kind, found in kinds.items():
        yield _few(found, dtype) if kind == 'few' else texts[kind](found)


def _is_mask(values: np.ndarray, span: Span) -> bool:
    return span.low == 0 and bool(np.isin(values, (0, span.high)).all())


def _is_tiny(inner: Span, dtype: np.dtype) -> bool:
    return inner.high - inner.low + 1 < TINY[dtype.itemsize > 1]


def _empty(spans: Sequence[Span]) -> str:
    what = f'{_either(spans, "is", "are")} empty, with nothing but '
    return _left_out(
        spans,
        f'{what}{_either(spans, "its", "their")} nodata value, '
        f'{spans[0].low:g} everywhere',
    )


def _constant(spans: Sequence[Span]) -> str:
    least, most = _ends([span.low for span in spans])
    value = f'{least:g} everywhere'
    if least != most:
        value = f'each at a value of its own from {least:g} to {most:g}'
    return _left_out(spans, f'{_either(spans, "is", "are")} constant, {value}')


def _mask(spans: Sequence[Span]) -> str:
    least, most = _ends([span.high for span in spans])
    value = f'{least:g}'
    if least != most:
        value = f'one other value ({least:g} to {most:g})'
    verb = _either(spans, 'holds', 'hold')
    return _left_out(
        spans, f'{verb} only 0 and {value}, as an alpha channel or a mask does'
    )


def _few(spans: Sequence[Span], dtype: np.dtype) -> str:
    widest = max(spans, key=lambda span: span.high - span.low)
    values = f'{widest.low:g} to {widest.high:g}'
    if len({span[1:] for span in spans}) > 1:
        values = f'at most {values} (band {widest.band})'
    return (
        f'{_named(spans)} {_either(spans, "uses", "use")} few of the values of '
        f'{dtype}, {values}; a value range of the whole type would leave '
        f'{_either(spans, "it", "them")} without contrast.'
    )


def _left_out(spans: Sequence[Span], what: str) -> str:
    them = _either(spans, 'it', 'them')
    return f'{_named(spans)} {what}; leave {them} out of bands.'


def _named(spans: Sequence[Span]) -> str:
    named = named_bands([span.band for span in spans])
    return named[0].upper() + named[1:]


def _either(spans: Sequence[Span], one: str, many: str) -> str:
    return one if len(spans) == 1 else many


def _ends(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)
