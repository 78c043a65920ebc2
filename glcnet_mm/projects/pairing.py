"""Which label belongs to which image, by what their paths have in common."""

import os
import re
from collections import Counter
from collections.abc import Sequence

from ..errors import MissingFileError, UserError
from ..paths import names_below

# Words, numbers and the humps of camel case; 07 and 7 are one number.
TOKEN = re.compile(r'\d+|[A-Z]?[a-z]+|[A-Z]+(?![a-z])')
Key = tuple[str, ...]


def pair_by_name(images: Sequence[str], labels: Sequence[str]) -> dict[str, str]:
    """The label of every image that has one.

    Paths are taken apart into words and numbers. What only images or only labels are
    called (``sat``, ``mask``, a folder, a date) does not count; what is left must be
    the same. Failing that, words that all images, or all labels, have do not count
    either. Several dates of a place may share a label.

    Args:
        images: Paths.
        labels: Paths.

    Raises:
        MissingFileError: No image has a label.
        UserError: Two labels fit one image.
    """
    if len(images) == len(labels) == 1:
        return {images[0]: labels[0]}
    sides = [_tokens(images), _tokens(labels)]
    for keys in (_without_foreign(sides), _without_common(sides)):
        pairs = _pairs(images, labels, keys)
        if pairs:
            return pairs
    raise MissingFileError(
        f'No image and no label have a name in common, such as {images[0]} and '
        f'{labels[0]}; rename them so that their numbers or places agree.'
    )


def _tokens(paths: Sequence[str]) -> list[Key]:
    """Words of each path below the folder that all have in common."""
    names = names_below(paths)
    return [tuple(_plain(t) for t in TOKEN.findall(name)) for name in names]


def _plain(token: str) -> str:
    return token.lstrip('0') or '0' if token.isdigit() else token.lower()


def _without_foreign(sides: Sequence[Sequence[Key]]) -> list[list[Key]]:
    known = [{token for key in side for token in key} for side in sides]
    both = known[0] & known[1]
    return [[tuple(t for t in key if t in both) for key in side] for side in sides]


def _without_common(sides: Sequence[Sequence[Key]]) -> list[list[Key]]:
    return _without_foreign([_less_common(side) for side in sides])


def _less_common(side: Sequence[Key]) -> list[Key]:
    """Without what every path has, at its place or else taken away from its end."""
    if len({len(key) for key in side}) == 1:
        differs = [len(set(tokens)) > 1 for tokens in zip(*side, strict=True)]
        return [tuple(t for t, d in zip(k, differs, strict=True) if d) for k in side]
    common = Counter(side[0])
    for key in side:
        common &= Counter(key)
    kept = []
    for key in side:
        left, rest = Counter(common), []
        for token in reversed(key):
            if left[token]:
                left[token] -= 1
            else:
                rest.append(token)
        kept.append(tuple(reversed(rest)))
    return kept


def _pairs(
    images: Sequence[str], labels: Sequence[str], keys: Sequence[Sequence[Key]]
) -> dict[str, str]:
    by_key: dict[Key, list[str]] = {}
    for label, key in zip(labels, keys[1], strict=True):
        by_key.setdefault(key, []).append(label)
    pairs: dict[str, str] = {}
    for image, key in zip(images, keys[0], strict=True):
        found = by_key.get(key, []) if key else []
        if len(found) > 1:
            found = [f for f in found if _stem(f) == _stem(image)] or found
        if len(found) > 1:
            raise UserError(
                f'{image} could have the label {found[0]} or {found[1]}; leave one out '
                f'of --labels, by a pattern such as "{os.path.dirname(found[0])}/*_x*".'
            )
        pairs |= {image: found[0]} if found else {}
    return pairs


def _stem(path: str) -> str:
    return os.path.splitext(os.path.basename(path))[0].lower()
