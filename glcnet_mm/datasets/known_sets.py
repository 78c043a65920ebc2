"""Classes, colours and layouts of published sets, as data."""

import os

from mmengine.registry import DATASETS

from .sources import read_list
from .windows import WindowDataset

# ISPRS Potsdam. The order is mmseg's, the colours are those of the label files.
POTSDAM = {
    'impervious surface': (255, 255, 255),
    'building': (0, 0, 255),
    'low vegetation': (0, 255, 255),
    'tree': (0, 255, 0),
    'car': (255, 255, 0),
    'clutter': (255, 0, 0),
}
# The order of the GLCNet authors' class_dict.txt, with its dummy class of padding.
# Three of the names in that file are interchanged; these are the true ones.
POTSDAM_SEVEN = {
    'padding': (0, 0, 0),
    'low vegetation': (0, 255, 255),
    'impervious surface': (255, 255, 255),
    'tree': (0, 255, 0),
    'clutter': (255, 0, 0),
    'building': (0, 0, 255),
    'car': (255, 255, 0),
}
# MBRSC satellite images of Dubai; colours as measured in the masks, which differ from
# those of the set's own class file. Black, at the border, is ignored.
DUBAI = {
    'water': (226, 169, 41),
    'land': (132, 41, 246),
    'road': (110, 193, 228),
    'building': (60, 16, 152),
    'vegetation': (254, 221, 58),
    'unlabelled': (155, 155, 155),
}
# Sentinel-2 scenes of India (Borkar); 0, undefined, is black in the masks and ignored.
INDIA = {
    'built-up': (128, 0, 0),
    'vegetation': (0, 128, 0),
    'water': (128, 128, 0),
}


@DATASETS.register_module()
class PotsdamDataset(WindowDataset):
    """ISPRS Potsdam in the layout of the GLCNet authors.

    ``root/{train|val}_{dtype}/*.tif``, ``root/{train|val}_lbl/*.tif`` and lists
    ``root/{split}_{dtype}.txt`` of bare names. The folder follows from the word
    ``train`` or ``val`` in the split's name.

    Args:
        split: Name of the list, e.g. ``train``, ``trainR1``, ``valR1500``.
        dtype: ``RGBIR`` (4 bands) or ``RGB``.
        seven_classes: The authors' seven outputs instead of the six classes with
            padding ignored; for comparing with their figures only.
        labelled: Whether to read labels.
        **kwargs: Of ``WindowDataset``.
    """

    def __init__(
        self,
        data_root: str,
        split: str,
        dtype: str = 'RGBIR',
        seven_classes: bool = False,
        labelled: bool = True,
        **kwargs,
    ) -> None:
        base = next((word for word in ('train', 'val') if word in split), None)
        if base is None:
            raise ValueError(f'The split {split} must contain "train" or "val".')
        table = POTSDAM_SEVEN if seven_classes else POTSDAM
        folder = f'{base}_{dtype}'
        listed = os.path.join(data_root, f'{split}_{dtype}.txt')
        super().__init__(
            images=read_list(listed, os.path.join(data_root, folder)),
            labels={folder: f'{base}_lbl'} if labelled else None,
            classes=list(table),
            label_colours=list(table.values()),
            **kwargs,
        )


@DATASETS.register_module()
class DubaiDataset(WindowDataset):
    """Humans in the Loop's aerial images of Dubai (CC0), eight areas of nine images.

    Args:
        data_root: Folder with ``Tile 1`` ... ``Tile 8``.
        areas: Numbers of the areas; split by area, for its images are neighbours.
        labelled: Whether to read labels.
        **kwargs: Of ``WindowDataset``.
    """

    def __init__(
        self, data_root: str, areas: list[int], labelled: bool = True, **kwargs
    ) -> None:
        super().__init__(
            images=[f'Tile {area}/images' for area in areas],
            data_root=data_root,
            labels=dict(images='masks') if labelled else None,
            classes=list(DUBAI),
            label_colours=list(DUBAI.values()),
            **kwargs,
        )


@DATASETS.register_module()
class IndiaDataset(WindowDataset):
    """Borkar's Sentinel-2 scenes of India (MIT): red, green, blue and near infrared.

    The bands lie in two files; join them first, which copies no pixels:

        python tools/stack_bands.py ROOT/stack ROOT/images:1,2,3 ROOT/images_IR:1

    Args:
        data_root: Folder with ``stack`` and ``masks``.
        scenes: Numbers of the scenes; split by scene.
        labelled: Whether to read labels.
        **kwargs: Of ``WindowDataset``.
    """

    def __init__(
        self, data_root: str, scenes: list[int], labelled: bool = True, **kwargs
    ) -> None:
        super().__init__(
            images=[f'stack/{scene}.vrt' for scene in scenes],
            data_root=data_root,
            labels=dict(stack='masks') if labelled else None,
            classes=list(INDIA),
            label_colours=list(INDIA.values()),
            **kwargs,
        )
