"""From what a label raster holds to class numbers."""

from collections.abc import Mapping, Sequence
from operator import index
from typing import NamedTuple

import numpy as np

from ..errors import UserError

IGNORE = 255
Colour = Sequence[int]


class ColourTable(NamedTuple):
    """Colours as rising numbers ``0xRRGGBB``, and the class number of each."""

    codes: np.ndarray
    classes: np.ndarray


class LabelDecoder:
    """Turns raw ids or colours into class numbers, 255 for what to ignore.

    Args:
        classes: Names; their positions are the class numbers.
        ids: ``{raw id: class number}`` or ``{raw id: 'ignore'}``. None takes the raw
            ids as class numbers. 255 is ignored unless the map says otherwise.
        colours: One RGB colour per class. Colours that are not in the table are
            ignored and counted. Excludes ``ids``.
        ignored: RGB colours that mean "no class": ignored, but not counted.
        threshold: Where colours hold 0 and 255 only but the masks do not quite: a
            channel of at least this value counts as 255, another as 0.
    """

    def __init__(
        self,
        classes: Sequence[str],
        ids: Mapping[int, int | str] | None = None,
        colours: Sequence[Colour] | None = None,
        ignored: Sequence[Colour] = (),
        threshold: int | None = None,
    ) -> None:
        if ids is not None and colours is not None:
            raise UserError('Give labels.ids or labels.colours, not both.')
        if len(classes) > IGNORE:
            raise UserError(
                f'There are {len(classes)} classes, but labels have room for {IGNORE} '
                f'beside {IGNORE}, which means none.'
            )
        self.classes = tuple(classes)
        self.by_colour = colours is not None
        self.threshold = threshold
        self._table = None if ids is None else self._id_table(ids)
        self._colours = None
        if colours is not None:
            self._colours = self._colour_table(colours, ignored)

    def __call__(self, raw: np.ndarray, path: str) -> tuple[np.ndarray, int]:
        """Decodes ``(H, W, C)`` raw labels of the raster ``path``.

        Returns:
            ``(H, W)`` uint8 and the number of pixels whose colour is unknown.

        Raises:
            UserError: A value is no class, or the raster has no colours.
        """
        labels, known = self.look_up(raw, path)
        if self.by_colour or known.all():
            return labels, int((~known).sum())
        raise UserError(
            f'{path} holds the label value {raw[..., 0][~known].min()}, but the '
            f'classes are {list(self._table or range(len(self.classes)))}; correct '
            f'the label or map the value with labels.ids.'
        )

    @property
    def targets(self) -> Mapping[int, int]:
        """Class number, or 255, of every raw id that ``ids`` names."""
        return self._table or {}

    def has(self, raw: np.ndarray, path: str) -> np.ndarray:
        """Where ``(H, W, C)`` raw labels hold what the table of ids or colours names.

        Nowhere without a table.
        """
        if self.by_colour:
            return self.look_up(raw, path)[1]
        return np.isin(raw[..., 0], list(self.targets))

    def look_up(self, raw: np.ndarray, path: str) -> tuple[np.ndarray, np.ndarray]:
        """Class numbers ``(H, W)`` and which pixels hold a known value or colour.

        Raises:
            UserError: The raster holds numbers where colours are expected, or colours
                where numbers are.
        """
        if self._colours is not None:
            return self._from_colours(self._colours, raw, path)
        return self._from_ids(raw, path)

    def _from_colours(
        self, table: ColourTable, raw: np.ndarray, path: str
    ) -> tuple[np.ndarray, np.ndarray]:
        if raw.shape[2] < 3:
            raise UserError(
                f'{path} has {raw.shape[2]} band and no palette, but the config gives '
                f'labels.colours; use labels.ids for rasters of class numbers.'
            )
        wide = raw[..., :3].astype(np.int64)
        if self.threshold is not None:
            wide = (wide >= self.threshold) * 255
        codes = (wide[..., 0] << 16) | (wide[..., 1] << 8) | wide[..., 2]
        place = np.searchsorted(table.codes, codes).clip(max=len(table.codes) - 1)
        # A larger channel would spill into the next one.
        known = (table.codes[place] == codes) & (wide >> 8 == 0).all(-1)
        return np.where(known, table.classes[place], IGNORE).astype(np.uint8), known

    def _from_ids(self, raw: np.ndarray, path: str) -> tuple[np.ndarray, np.ndarray]:
        if raw.shape[2] > 1 and (raw != raw[..., :1]).any():
            raise UserError(
                f'{path} holds colours, but the config gives no labels.colours; add '
                f'one colour per class.'
            )
        found, places = np.unique(raw[..., 0], return_inverse=True)
        targets = [self._target(value) for value in found]
        labels = np.array([IGNORE if t is None else t for t in targets], np.uint8)
        known = np.array([t is not None for t in targets])
        places = places.reshape(raw.shape[:2])
        return labels[places], known[places]

    def _target(self, value: float) -> int | None:
        """Class number of a raw value, or None where it has no meaning."""
        if self._table is not None and value in self._table:
            return self._table[int(value)]
        if value == IGNORE:
            return IGNORE
        return int(value) if self._table is None and self._is_class(value) else None

    def _is_class(self, value: float) -> bool:
        return 0 <= value < len(self.classes) and value == int(value)

    def _id_table(self, ids: Mapping[int, int | str]) -> dict[int, int]:
        try:
            table = {
                _whole(raw): IGNORE if target == 'ignore' else _whole(target)
                for raw, target in ids.items()
            }
        except (AttributeError, TypeError, ValueError, OverflowError) as error:
            raise UserError(
                f'labels.ids must map whole numbers of the label files to numbers of '
                f'classes or "ignore", such as {{1: 0, 2: "ignore"}}; got {ids!r}.'
            ) from error
        for raw, target in table.items():
            if target != IGNORE and not self._is_class(target):
                raise UserError(
                    f'labels.ids maps {raw} to class {target}, but there are '
                    f'{len(self.classes)} classes, numbered from 0.'
                )
        return table

    def _colour_table(
        self, colours: Sequence[Colour], ignored: Sequence[Colour]
    ) -> ColourTable:
        if len(colours) != len(self.classes):
            raise UserError(
                f'labels.colours has {len(colours)} entries for {len(self.classes)} '
                f'classes; give one colour per class.'
            )
        every = [*colours, *ignored]
        try:
            codes = np.array([_code(*colour) for colour in every], np.int32)
        except (TypeError, ValueError) as error:
            raise UserError(
                f'labels.colours and labels.ignored_colours must hold red, green and '
                f'blue of each colour, from 0 to 255; got {every!r}.'
            ) from error
        numbers = [*range(len(colours)), *[IGNORE] * len(ignored)]
        if len(np.unique(codes)) != len(codes):
            raise UserError('labels.colours gives two classes the same colour.')
        order = np.argsort(codes)
        return ColourTable(codes[order], np.array(numbers, np.uint8)[order])


def _whole(value: object) -> int:
    """A whole number; the text of one too, as keys of JSON are text."""
    number = int(value)  # type: ignore[call-overload]
    if not isinstance(value, str) and number != value:
        raise ValueError('no whole number')
    return number


def _code(red: int, green: int, blue: int) -> int:
    """A colour as one number."""
    if not {red, green, blue} <= {*range(256)}:
        raise ValueError('no colour of 8 bits')
    return (index(red) << 16) | (index(green) << 8) | index(blue)
