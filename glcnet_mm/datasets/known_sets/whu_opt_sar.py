"""WHU-OPT-SAR, land use from optical and SAR scenes."""

from mmengine.registry import DATASETS

from ..label_settings import LabelSettings
from ..windows import WindowDataset
from .layout import Origin, Part, choose, find_files

# In the order of the raw ids 0, 10, ... 70; the colours are for maps.
WHU_OPT_SAR = {
    'background': (0, 0, 0),
    'farmland': (204, 102, 0),
    'city': (255, 0, 0),
    'village': (255, 255, 0),
    'water': (0, 0, 255),
    'forest': (85, 166, 0),
    'road': (93, 255, 255),
    'others': (152, 102, 153),
}
# The publisher's division; the other 80 scenes are for training.
TEST = """
    NH49E001014 NH49E001017 NH49E002012 NH49E002016 NH49E003014 NH49E003024 NH49E004011
    NH49E005011 NH49E005019 NH49E006019 NH49E007014 NH49E008013 NH49E009017 NH49E010020
    NH49E011024 NH49E012020 NH49E013010 NH50E007002 NH50E011005 NH50E014003
""".split()
# Whether a split is for testing.
SPLITS = {'train': False, 'test': True}
MODALITIES = {'both': 'stack', 'optical': 'optical', 'sar': 'sar'}
STACK = 'python tools/stack_bands.py {root}/stack {root}/optical {root}/sar'
COUNT = 100
ORIGIN = Origin(
    'WHU-OPT-SAR',
    'https://github.com/AmberHen/WHU-OPT-SAR-dataset',
    size=(5556, 3704),
)


@DATASETS.register_module()
class WhuOptSarDataset(WindowDataset):
    """WHU-OPT-SAR: 100 scenes of 5556x3704 px at 5 m, Gaofen-1 and Gaofen-3, uint8.

    ``optical/NH49E001013.tif`` (red, green, blue, near infrared), ``sar/...`` and
    ``lbl/...`` of the same names; labels are 0, 10, ... 70. Both together are read as
    five bands of ``stack/*.vrt``, made once without copying pixels:

        python tools/stack_bands.py ROOT/stack ROOT/optical ROOT/sar

    Li et al., JAG 106, 2022, 10.1016/j.jag.2021.102638.

    Args:
        split: ``train`` (80 scenes) or ``test`` (20), the publisher's.
        modality: ``both``, ``optical`` or ``sar``.
        labelled: Whether to read labels.
        complete: Whether to insist on all scenes.
        **kwargs: Of ``WindowDataset``.
    """

    origin = ORIGIN

    def __init__(
        self,
        data_root: str,
        split: str = 'train',
        modality: str = 'both',
        labelled: bool = True,
        complete: bool = True,
        **kwargs,
    ) -> None:
        folder = choose(ORIGIN, MODALITIES, modality)
        parts = [Part('lbl/*.tif', count=COUNT)] if labelled else []
        if modality != 'sar':
            parts.append(Part('optical/*.tif', count=COUNT, bands=4))
        if modality != 'optical':
            parts.append(Part('sar/*.tif', count=COUNT, bands=1))
        if modality == 'both':
            parts.append(Part('stack/*.vrt', count=COUNT, bands=5, make=STACK))
        images = find_files(data_root, ORIGIN, parts, complete)[-1]
        testing = choose(ORIGIN, SPLITS, split)
        tested = {f'{folder}/{name}' for name in TEST}
        ids = {10 * i: i for i in range(len(WHU_OPT_SAR))}
        super().__init__(
            images=[i for i in images if (i[:-4] in tested) == testing],
            data_root=data_root,
            labels=LabelSettings({folder: 'lbl'}, ids) if labelled else None,
            classes=list(WHU_OPT_SAR),
            palette=list(WHU_OPT_SAR.values()),
            **kwargs,
        )
