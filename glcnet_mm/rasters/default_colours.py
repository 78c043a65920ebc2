"""Colours of classes for which nobody chose any: by what their names say, else hues."""

import colorsys
from collections.abc import Sequence

import numpy as np

Colour = tuple[int, int, int]

BLUE, GREY = (38, 115, 200), (60, 60, 60)
# What a map reader expects, by how a word of the class's name begins; the first wins.
EXPECTED: list[tuple[Colour, tuple[str, ...]]] = [
    (BLUE, ('water', 'river', 'lake', 'ocean', 'pond')),
    ((190, 150, 105), ('bare', 'barren', 'soil', 'sand', 'rock', 'beach')),
    ((20, 100, 40), ('forest', 'tree', 'wood', 'mangrove')),
    ((120, 150, 60), ('shrub', 'bush', 'scrub')),
    ((230, 200, 60), ('field', 'crop', 'agri', 'farm', 'arable', 'cultivated')),
    ((100, 170, 170), ('wetland', 'marsh', 'swamp', 'bog')),
    ((140, 200, 90), ('grass', 'meadow', 'pasture', 'range', 'veget', 'lawn')),
    ((200, 50, 50), ('build', 'built', 'urban', 'town', 'hous', 'roof', 'settle')),
    ((110, 110, 115), ('road', 'street', 'pav', 'impervious', 'asphalt', 'rail')),
    # White would mean no class.
    ((170, 215, 235), ('snow', 'ice', 'glacier', 'cloud')),
    (BLUE, ('flood',)),
    (GREY, ('background', 'other', 'unknown', 'clutter')),
]


def default_palette(classes: Sequence[str]) -> list[Colour]:
    """A colour for each class.

    Water is blue and forest is green if their names say so, in English; evenly spaced
    hues where no name says anything. Of several classes that mean the same, the first
    has the expected colour; the rest get those that are least alike.

    Args:
        classes: Names.
    """
    colours: list[Colour | None] = []
    for name in classes:
        expected = _expected(name)
        colours.append(None if expected in colours else expected)
    if not any(colours):
        return _hues(len(classes), 0.75, 0.9)
    count = max(12, len(classes))
    kinds = (0.75, 0.9), (0.9, 0.55), (0.3, 0.95)
    candidates = [colour for kind in kinds for colour in _hues(count, *kind)]
    for number, colour in enumerate(colours):
        if colour is None:
            colours[number] = _least_alike(candidates, [c for c in colours if c])
    return [colour for colour in colours if colour is not None]


def _expected(name: str) -> Colour | None:
    words = ''.join(c if c.isalpha() else ' ' for c in name.lower()).split()
    # "Not water" and "non-forest", but no "non-irrigated arable land".
    if words and (words[0] in ('no', 'not') or words[0] == 'non' and len(words) == 2):
        return GREY
    for colour, beginnings in EXPECTED:
        if any(word.startswith(beginnings) for word in words):
            return colour
    return None


def _hues(count: int, saturation: float, value: float) -> list[Colour]:
    shares = (colorsys.hsv_to_rgb(i / count, saturation, value) for i in range(count))
    return [(round(255 * r), round(255 * g), round(255 * b)) for r, g, b in shares]


def _least_alike(candidates: Sequence[Colour], taken: Sequence[Colour]) -> Colour:
    between = np.subtract.outer(np.array(candidates), np.array(taken))
    apart = np.einsum('icjc->ij', between**2).min(1)
    return candidates[int(apart.argmax())]
