"""DeepGlobe Land Cover Classification."""

import csv
from pathlib import Path

from mmengine.registry import DATASETS

from ...errors import MissingFileError, UserError
from ..windows import WindowDataset
from .colours import colour_labels
from .layout import Origin, Part, choose, find_files, only_listed

DEEPGLOBE = {
    'urban land': (0, 255, 255),
    'agriculture land': (255, 255, 0),
    'rangeland': (255, 0, 255),
    'forest land': (0, 255, 0),
    'water': (0, 0, 255),
    'barren land': (255, 255, 255),
}
COUNTS = {'train': 803, 'valid': 171, 'test': 172}
ORIGIN = Origin(
    'DeepGlobe Land Cover',
    'https://competitions.codalab.org/competitions/18468',
    size=(2448, 2448),
    unlabelled=('valid', 'test'),
)


@DATASETS.register_module()
class DeepGlobeDataset(WindowDataset):
    """DeepGlobe Land Cover: 1146 RGB images of 2448 px at 0.5 m, uint8.

    ``train/123_sat.jpg`` and ``train/123_mask.png``; ``valid`` and ``test`` have no
    published masks. Masks are colours that are not quite 0 and 255, to be cut at 128
    as the publisher says; black, unknown, is ignored. Demir et al., CVPR Workshops
    2018, arXiv:1805.06561.

    Args:
        split: ``train`` (803 images), ``valid`` (171) or ``test`` (172).
        list_file: Names of the images to use, one per line: the labelled images have
            no official division.
        labelled: Whether to read labels; for ``train`` only.
        complete: Whether to insist on all images of the split.
        **kwargs: Of ``WindowDataset``.
    """

    origin = ORIGIN

    def __init__(
        self,
        data_root: str,
        split: str = 'train',
        list_file: str | None = None,
        labelled: bool = True,
        complete: bool = True,
        **kwargs,
    ) -> None:
        count = choose(ORIGIN, COUNTS, split, labelled)
        parts = [Part(f'{split}/*_sat.jpg', count=count, bands=3)]
        if labelled:
            parts.append(Part(f'{split}/*_mask.png', count=count))
        images = find_files(data_root, ORIGIN, parts, complete)[0]
        super().__init__(
            images=only_listed(images, list_file),
            data_root=data_root,
            labels=colour_labels({'*_sat': '*_mask'}, DEEPGLOBE, threshold=128)
            if labelled
            else None,
            classes=list(DEEPGLOBE),
            palette=list(DEEPGLOBE.values()),
            **kwargs,
        )


@DATASETS.register_module()
class DeepGlobeTilesDataset(WindowDataset):
    """DeepGlobe's images cut to tiles of 512 px, divided by blocks of neighbours.

    ``images/NAME.jpg``, ``masks/NAME.png`` with the exact colours, and ``tiles.csv``
    with the columns ``tile`` (NAME) and ``part``: tiles of one image are neighbours, so
    a part takes whole blocks of them. JPEG says nothing of its scale: 0.5 m.

    Args:
        data_root: Folder with these.
        part: A value of the column ``part``, such as ``train`` or ``test``.
        labelled: Whether to read labels.
        pixel_size: See ``WindowDataset``.
        **kwargs: Of ``WindowDataset``.

    Raises:
        MissingFileError: There is no table.
        UserError: It has other columns or no tile of this part.
    """

    def __init__(
        self,
        data_root: str,
        part: str,
        labelled: bool = True,
        pixel_size: float | None = 0.5,
        **kwargs,
    ) -> None:
        names = _tiles(Path(data_root) / 'tiles.csv', part)
        super().__init__(
            images=[f'images/{name}.jpg' for name in names],
            data_root=data_root,
            labels=colour_labels(dict(images='masks'), DEEPGLOBE) if labelled else None,
            classes=list(DEEPGLOBE),
            palette=list(DEEPGLOBE.values()),
            pixel_size=pixel_size,
            **kwargs,
        )


def _tiles(path: Path, part: str) -> list[str]:
    if not path.is_file():
        raise MissingFileError(
            f'{path} does not exist; it names the tiles, one a line, below the header '
            f'tile,part.'
        )
    with open(path, encoding='utf-8-sig', newline='') as file:
        rows = list(csv.DictReader(file))
    if not rows or not {'tile', 'part'} <= set(rows[0]):
        raise UserError(f'{path} needs the columns tile and part, and a line per tile.')
    names = sorted(row['tile'] for row in rows if row['part'] == part)
    if not names:
        parts = ', '.join(sorted({row['part'] or 'none' for row in rows}))
        raise UserError(f'{path} has no tile of the part "{part}"; it has {parts}.')
    return names
