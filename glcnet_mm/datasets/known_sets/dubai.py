"""Dubai, labelled by Humans in the Loop."""

from mmengine.registry import DATASETS

from ..windows import WindowDataset
from .colours import colour_labels

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
            labels=colour_labels(dict(images='masks'), DUBAI) if labelled else None,
            classes=list(DUBAI),
            palette=list(DUBAI.values()),
            **kwargs,
        )
