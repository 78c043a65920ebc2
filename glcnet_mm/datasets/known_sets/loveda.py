"""LoveDA, urban and rural land cover."""

from collections.abc import Sequence

from mmengine.registry import DATASETS

from ..label_settings import LabelSettings
from ..windows import WindowDataset
from .layout import Origin, Part, choose, find_files

# Raw ids 1 to 7; colours for maps are mmseg's.
LOVEDA = {
    'background': (255, 255, 255),
    'building': (255, 0, 0),
    'road': (255, 255, 0),
    'water': (0, 0, 255),
    'barren': (159, 129, 183),
    'forest': (0, 255, 0),
    'agriculture': (255, 195, 128),
}
COUNTS = {'train': 2522, 'val': 1669, 'test': 1796}
ORIGIN = Origin(
    'LoveDA',
    'https://doi.org/10.5281/zenodo.5706578',
    {
        'Train.zip': 'de2b196043ed9b4af1690b3f9a7d558f',
        'Val.zip': '84cae2577468ff0b5386758bb386d31d',
        'Test.zip': 'a489be0090465e01fb067795d24e6b47',
    },
    (1024, 1024),
    unlabelled=('test',),
)


@DATASETS.register_module()
class LovedaDataset(WindowDataset):
    """LoveDA: 5987 RGB images of 1024 px at 0.3 m, uint8.

    ``Train/Urban/images_png/0.png`` and ``Train/Urban/masks_png/0.png``, ``Rural``
    alike. Masks are numbers: 0 is no data and ignored, 1 to 7 are the classes. The
    masks of ``Test`` are not published. Wang et al., NeurIPS Datasets and Benchmarks
    2021, arXiv:2110.08733.

    Args:
        split: ``train`` (2522 images), ``val`` (1669) or ``test`` (1796).
        scenes: ``Urban``, ``Rural`` or both, as for domain adaptation.
        labelled: Whether to read labels; not for ``test``.
        complete: Whether to insist on all images of the split.
        **kwargs: Of ``WindowDataset``.
    """

    origin = ORIGIN

    def __init__(
        self,
        data_root: str,
        split: str = 'train',
        scenes: Sequence[str] = ('Urban', 'Rural'),
        labelled: bool = True,
        complete: bool = True,
        **kwargs,
    ) -> None:
        folder, count = split.capitalize(), choose(ORIGIN, COUNTS, split, labelled)
        parts = [Part(f'{folder}/*/images_png/*.png', count=count, bands=3)]
        if labelled:
            parts.append(Part(f'{folder}/*/masks_png/*.png', count=count))
        find_files(data_root, ORIGIN, parts, complete)
        ids: dict[int, int | str] = {i + 1: i for i in range(len(LOVEDA))}
        super().__init__(
            images=[f'{folder}/{scene}/images_png' for scene in scenes],
            data_root=data_root,
            labels=LabelSettings(dict(images_png='masks_png'), {0: 'ignore', **ids})
            if labelled
            else None,
            classes=list(LOVEDA),
            palette=list(LOVEDA.values()),
            **kwargs,
        )
