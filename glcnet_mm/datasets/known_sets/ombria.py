"""OMBRIA, floods before and after in optical and SAR tiles."""

from mmengine.registry import DATASETS

from ..label_settings import LabelSettings
from ..windows import WindowDataset
from .layout import Origin, Part, choose, find_files

# In the order of the raw ids 0 and 255; the colours are for maps.
OMBRIA = {'dry': (230, 220, 190), 'flooded': (30, 90, 220)}
DATES = {'before': 'BEFORE', 'after': 'AFTER'}
SPLITS = {'train': 'train', 'test': 'test'}
MODALITIES = {'both': 'stack_', 'optical': 'S2_', 'sar': 'S1_'}
BANDS = {'both': 4, 'optical': 3, 'sar': 1}
STACK = (
    'python tools/stack_bands.py {root}/SPLIT/stack_DATE {root}/SPLIT/S2_DATE '
    '{root}/SPLIT/S1_DATE:1 for each SPLIT and DATE'
)
ORIGIN = Origin('OMBRIA', 'https://github.com/geodrak/OMBRIA', size=(256, 256))


@DATASETS.register_module()
class OmbriaDataset(WindowDataset):
    """OMBRIA: places of 256 px before and after a flood, Sentinel-2 and -1, uint8 PNG.

    ``train/S2_AFTER/0001.png`` (three bands of false colour), ``train/S1_AFTER`` (one),
    the same ``_BEFORE``, and ``train/MASK`` with 0 and 255; ``test`` alike. Both
    sensors together are read as four bands of ``stack_AFTER``, made once without
    copying pixels:

        python tools/stack_bands.py ROOT/train/stack_AFTER ROOT/train/S2_AFTER
            ROOT/train/S1_AFTER:1

    The borders, 0 in Sentinel-2 and 255 in Sentinel-1, are not declared and count as
    data. Drakonakis et al., IEEE JSTARS, 2022.

    Args:
        split: ``train`` or ``test``.
        modality: ``both``, ``optical`` or ``sar``.
        date: ``after`` or ``before``; the labels are those of ``after``.
        labelled: Whether to read labels.
        **kwargs: Of ``WindowDataset``.
    """

    origin = ORIGIN

    def __init__(
        self,
        data_root: str,
        split: str = 'train',
        modality: str = 'both',
        date: str = 'after',
        labelled: bool = True,
        **kwargs,
    ) -> None:
        folder = choose(ORIGIN, SPLITS, split)
        name = choose(ORIGIN, MODALITIES, modality) + choose(ORIGIN, DATES, date)
        suffix, make = ('vrt', STACK) if modality == 'both' else ('png', None)
        parts = [Part(f'{folder}/MASK/*.png')] if labelled else []
        parts.append(
            Part(f'{folder}/{name}/*.{suffix}', bands=BANDS[modality], make=make)
        )
        images = find_files(data_root, ORIGIN, parts)[-1]
        ids = {0: 0, 255: 1}
        super().__init__(
            images=images,
            data_root=data_root,
            labels=LabelSettings({name: 'MASK'}, ids) if labelled else None,
            classes=list(OMBRIA),
            palette=list(OMBRIA.values()),
            **kwargs,
        )
