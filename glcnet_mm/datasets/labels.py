"""From what a label raster holds to class numbers."""

from collections.abc import Mapping, Sequence

import numpy as np

IGNORE = 255
Colour = Sequence[int]


class LabelDecoder:
    """Turns raw ids or colours into class numbers, 255 for what to ignore.

    Args:
        classes: Names; their positions are the class numbers.
        ids: ``{raw id: class number}`` or ``{raw id: 'ignore'}``. None takes the raw
            ids as class numbers. 255 is ignored unless the map says otherwise.
        colours: One RGB colour per class. Colours that are not in the table are
            ignored and counted. Excludes ``ids``.
    """

    def __init__(
        self,
        classes: Sequence[str],
        ids: Mapping[int, int | str] | None = None,
        colours: Sequence[Colour] | None = None,
    ) -> None:
        if ids is not None and colours is not None:
            raise ValueError('Give label_ids or label_colours, not both.')
        self.classes = tuple(classes)
        self.by_colour = colours is not None
        self._codes = self._order = self._table = None
        if colours is not None:
            self._set_colours(colours)
        elif ids is not None:
            self._set_ids(ids)

    def __call__(self, raw: np.ndarray, path: str) -> tuple[np.ndarray, int]:
        """Decodes ``(H, W, C)`` raw labels of the raster ``path``.

        Returns:
            ``(H, W)`` uint8 and the number of pixels whose colour is unknown.

        Raises:
            ValueError: A value is no class, or the raster has no colours.
        """
        if not self.by_colour:
            return self._from_ids(raw, path), 0
        if raw.shape[2] < 3:
            raise ValueError(
                f'{path} has {raw.shape[2]} band and no palette, but the config gives '
                f'label_colours; use label_ids for rasters of class numbers.'
            )
        wide = raw[..., :3].astype(np.int32)
        codes = (wide[..., 0] << 16) | (wide[..., 1] << 8) | wide[..., 2]
        place = np.searchsorted(self._codes, codes).clip(max=len(self._codes) - 1)
        known = self._codes[place] == codes
        labels = np.where(known, self._order[place], IGNORE).astype(np.uint8)
        return labels, int((~known).sum())

    def _from_ids(self, raw: np.ndarray, path: str) -> np.ndarray:
        if raw.shape[2] > 1 and (raw != raw[..., :1]).any():
            raise ValueError(
                f'{path} holds colours, but the config gives no label_colours; add one '
                f'colour per class.'
            )
        values = raw[..., 0]
        found = np.unique(values)
        if self._table is not None:
            wrong = [v for v in found if v != IGNORE and int(v) not in self._table]
        else:
            wrong = [v for v in found if v != IGNORE and not self._is_class(v)]
        if wrong:
            raise ValueError(
                f'{path} holds the label value {wrong[0]}, but the classes are '
                f'{list(self._table or range(len(self.classes)))}; correct the label '
                f'or map the value with label_ids.'
            )
        if self._table is None:
            return values.astype(np.uint8)
        targets = np.array([self._table.get(int(v), IGNORE) for v in found], np.uint8)
        return targets[np.searchsorted(found, values)]

    def _is_class(self, value: float) -> bool:
        return 0 <= value < len(self.classes) and value == int(value)

    def _set_ids(self, ids: Mapping[int, int | str]) -> None:
        self._table = {
            int(raw): IGNORE if target == 'ignore' else int(target)
            for raw, target in ids.items()
        }
        for raw, target in self._table.items():
            if target != IGNORE and not self._is_class(target):
                raise ValueError(
                    f'label_ids maps {raw} to class {target}, but there are '
                    f'{len(self.classes)} classes, numbered from 0.'
                )

    def _set_colours(self, colours: Sequence[Colour]) -> None:
        if len(colours) != len(self.classes):
            raise ValueError(
                f'label_colours has {len(colours)} entries for {len(self.classes)} '
                f'classes; give one colour per class.'
            )
        codes = np.array([(r << 16) | (g << 8) | b for r, g, b in colours], np.int32)
        if len(np.unique(codes)) != len(codes):
            raise ValueError('label_colours gives two classes the same colour.')
        self._order = np.argsort(codes).astype(np.uint8)
        self._codes = codes[self._order]
