"""Sentinel-2 scenes of India."""

from mmengine.registry import DATASETS

from ..windows import WindowDataset
from .colours import colour_labels

# Sentinel-2 scenes of India (Borkar); 0, undefined, is black in the masks and ignored.
INDIA = {
    'built-up': (128, 0, 0),
    'vegetation': (0, 128, 0),
    'water': (128, 128, 0),
}


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
            labels=colour_labels(dict(stack='masks'), INDIA) if labelled else None,
            classes=list(INDIA),
            palette=list(INDIA.values()),
            **kwargs,
        )
