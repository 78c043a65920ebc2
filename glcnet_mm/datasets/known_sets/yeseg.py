"""YESeg-OPT-SAR, land use from optical and SAR tiles."""

from collections.abc import Sequence
from pathlib import Path

from mmengine.registry import DATASETS

from ..windows import WindowDataset
from .layout import Origin, Part, choose, find_files

# In the order of the raw ids; the colours are for maps, the set has none.
YESEG = {
    'background': (0, 0, 0),
    'bare ground': (200, 160, 110),
    'low vegetation': (160, 210, 100),
    'trees': (30, 120, 40),
    'houses': (220, 60, 50),
    'water': (40, 90, 210),
    'roads': (130, 130, 130),
    'other': (180, 90, 190),
}
MODALITIES = {'both': 'stack', 'optical': 'optical', 'sar': 'sar'}
STACK = (
    'for d in {root}/optical/*/; do n=$(basename "$d"); python tools/stack_bands.py '
    '{root}/stack/$n "$d" {root}/sar/$n:1; done'
)
COUNT = 2231
ORIGIN = Origin(
    'YESeg-OPT-SAR',
    'https://github.com/yeyuanxin110/YESeg-OPT-SAR',
    size=(256, 256),
)


@DATASETS.register_module()
class YesegOptSarDataset(WindowDataset):
    """YESeg-OPT-SAR: 2231 pairs of 256 px at 0.5 m, RGB and SAR, uint8 PNG.

    ``optical/1/1.png``, ``sar/1/1.png`` and ``label/1/1.png`` in folders ``1``, ``10``,
    ... ``HY_C``, ``HY_D``. Labels are the class numbers. SAR is grey, so its first band
    is taken; both together are read as four bands of ``stack``, made once:

        for d in ROOT/optical/*/; do n=$(basename "$d"); python tools/stack_bands.py
            ROOT/stack/$n "$d" ROOT/sar/$n:1; done

    There is no official division, the owners' tool draws tiles at random; folders are
    the safer unit, for the tiles of one are neighbours. The owners' paper: MGFNet, JAG,
    2024.

    Args:
        folders: Names of the folders to use; all when None.
        modality: ``both``, ``optical`` or ``sar``.
        labelled: Whether to read labels.
        complete: Whether to insist on all tiles.
        **kwargs: Of ``WindowDataset``.
    """

    origin = ORIGIN

    def __init__(
        self,
        data_root: str,
        folders: Sequence[str] | None = None,
        modality: str = 'both',
        labelled: bool = True,
        complete: bool = True,
        **kwargs,
    ) -> None:
        top = choose(ORIGIN, MODALITIES, modality)
        parts = [Part('label/*/*.png', count=COUNT)] if labelled else []
        if modality != 'sar':
            parts.append(Part('optical/*/*.png', count=COUNT, bands=3))
        if modality != 'optical':
            parts.append(Part('sar/*/*.png', count=COUNT))
        if modality == 'both':
            parts.append(Part('stack/*/*.vrt', count=COUNT, bands=4, make=STACK))
        images = find_files(data_root, ORIGIN, parts, complete)[-1]
        wanted = None if folders is None else {str(name) for name in folders}
        super().__init__(
            images=[i for i in images if not wanted or Path(i).parts[1] in wanted],
            data_root=data_root,
            labels={top: 'label'} if labelled else None,
            classes=list(YESEG),
            palette=list(YESEG.values()),
            **kwargs,
        )
