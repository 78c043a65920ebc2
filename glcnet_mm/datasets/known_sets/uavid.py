"""UAVid, oblique frames of drone videos."""

from mmengine.registry import DATASETS

from ..windows import WindowDataset
from .colours import colour_labels
from .layout import Origin, Part, choose, find_files

# In the order of the publisher's toolkit.
UAVID = {
    'background clutter': (0, 0, 0),
    'building': (128, 0, 0),
    'road': (128, 64, 128),
    'static car': (192, 0, 192),
    'tree': (0, 128, 0),
    'low vegetation': (128, 128, 0),
    'human': (64, 64, 0),
    'moving car': (64, 0, 128),
}
COUNTS = {'train': 200, 'val': 70, 'test': 150}
ORIGIN = Origin('UAVid', 'https://uavid.nl', unlabelled=('test',))


@DATASETS.register_module()
class UAVidDataset(WindowDataset):
    """UAVid of 2020: 420 RGB frames of 42 videos, 3840x2160 or 4096x2160 px, uint8.

    ``uavid_train/seq1/Images/000000.png`` and ``uavid_train/seq1/Labels/000000.png``.
    Labels are colours; black is the class clutter. The labels of ``test`` are not
    published. Lyu et al., ISPRS Journal 165, 2020, 10.1016/j.isprsjprs.2020.05.009.

    Args:
        split: ``train`` (200 frames), ``val`` (70) or ``test`` (150).
        labelled: Whether to read labels; not for ``test``.
        complete: Whether to insist on all frames of the split.
        **kwargs: Of ``WindowDataset``.
    """

    origin = ORIGIN

    def __init__(
        self,
        data_root: str,
        split: str = 'train',
        labelled: bool = True,
        complete: bool = True,
        **kwargs,
    ) -> None:
        folder, count = f'uavid_{split}', choose(ORIGIN, COUNTS, split, labelled)
        parts = [Part(f'{folder}/seq*/Images/*.png', count=count, bands=3)]
        if labelled:
            parts.append(Part(f'{folder}/seq*/Labels/*.png', count=count))
        super().__init__(
            images=find_files(data_root, ORIGIN, parts, complete)[0],
            data_root=data_root,
            labels=colour_labels(dict(Images='Labels'), UAVID) if labelled else None,
            classes=list(UAVID),
            palette=list(UAVID.values()),
            **kwargs,
        )
