"""Levir_CS, clouds and snow in Gaofen-1 scenes."""

from mmengine.registry import DATASETS

from ..windows import WindowDataset
from .layout import Origin, Part, choose, find_files

# In the order of the raw ids; the colours are for maps, the set has none.
LEVIR_CS = {'clear': (90, 90, 90), 'cloud': (255, 255, 255), 'snow': (90, 200, 250)}
COUNTS = {'train': 3068, 'test': 1100}
ORIGIN = Origin('Levir_CS', 'https://github.com/permanentCH5/GeoInfoNet')


@DATASETS.register_module()
class LevirCsDataset(WindowDataset):
    """Levir_CS: 4168 scenes of Gaofen-1 WFV, four bands, uint16 with values to 1023.

    ``train/mss/GF1_..._mss.tiff`` and ``train/label_0_1_2/GF1_..._roiMap.tif`` with 0,
    1 and 2 for clear, cloud and snow; ``dem`` holds heights, which are not read. The
    folders and counts are those of the authors' list files, which name no labels for
    ``test``: check there. The scenes exist at 160 m and in full. Wu et al., ISPRS
    Journal 174, 2021, 10.1016/j.isprsjprs.2021.01.023.

    Args:
        split: ``train`` (3068 scenes) or ``test`` (1100).
        labelled: Whether to read labels.
        complete: Whether to insist on all scenes of the split.
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
        count = choose(ORIGIN, COUNTS, split)
        parts = [Part(f'{split}/mss/*_mss.tiff', count=count, bands=4)]
        if labelled:
            parts.append(Part(f'{split}/label_0_1_2/*_roiMap.tif', count=count))
        pairing = {'mss': 'label_0_1_2', '*_mss': '*_roiMap'}
        super().__init__(
            images=find_files(data_root, ORIGIN, parts, complete)[0],
            data_root=data_root,
            labels=pairing if labelled else None,
            classes=list(LEVIR_CS),
            palette=list(LEVIR_CS.values()),
            **kwargs,
        )
