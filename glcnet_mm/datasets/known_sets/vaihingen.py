"""ISPRS Vaihingen as published."""

from mmengine.registry import DATASETS

from ..windows import WindowDataset
from .colours import colour_labels
from .layout import Origin, Part, choose, find_files
from .potsdam import POTSDAM

# Areas with the contest's public labels, and those it tested on.
SPLITS = {
    'train': (1, 3, 5, 7, 11, 13, 15, 17, 21, 23, 26, 28, 30, 32, 34, 37),
    'test': (2, 4, 6, 8, 10, 12, 14, 16, 20, 22, 24, 27, 29, 31, 33, 35, 38),
}
LABELS = 'ISPRS_semantic_labeling_Vaihingen_ground_truth'
ORIGIN = Origin(
    'ISPRS Vaihingen',
    'https://www.isprs.org/education/benchmarks/UrbanSemLab/2d-sem-label-vaihingen.aspx',
    # The MD5s are those of torchgeo's definition; the publisher names none.
    {
        'ISPRS_semantic_labeling_Vaihingen.zip': '462b8dca7b6fa9eaf729840f0cdfc7f3',
        f'{LABELS}_COMPLETE.zip': '4802dd6326e2727a352fb735be450277',
        f'{LABELS}_eroded_COMPLETE.zip': None,
    },
)


@DATASETS.register_module()
class VaihingenDataset(WindowDataset):
    """ISPRS Vaihingen: 33 orthophotos at 9 cm, near infrared, red and green, uint8.

    ``top/top_mosaic_09cm_area1.tif`` and labels of the same name in
    ``ISPRS_semantic_labeling_Vaihingen_ground_truth_COMPLETE``, the archive unpacked
    into a folder of its name. Those without boundaries end in ``_noBoundary.tif`` and
    lie in ``..._ground_truth_eroded_COMPLETE``; black is ignored. Classes and colours
    are Potsdam's. Cramer, 2010; Rottensteiner et al., 2012,
    10.5194/isprsannals-I-3-293-2012.

    Args:
        split: ``train`` (16 areas) or ``test`` (17), as in the contest.
        boundary: Whether pixels at the border of two objects count.
        label_folder: Another folder of labels; ``.`` where they lie in the root.
        labelled: Whether to read labels.
        complete: Whether to insist on all areas of the split.
        **kwargs: Of ``WindowDataset``.
    """

    origin = ORIGIN

    def __init__(
        self,
        data_root: str,
        split: str = 'train',
        boundary: bool = True,
        label_folder: str | None = None,
        labelled: bool = True,
        complete: bool = True,
        **kwargs,
    ) -> None:
        areas = [
            f'top_mosaic_09cm_area{number}' for number in choose(ORIGIN, SPLITS, split)
        ]
        ending = '' if boundary else '_noBoundary'
        masks = label_folder or f'{LABELS}{"" if boundary else "_eroded"}_COMPLETE'
        parts = [Part('top/*', [f'{area}.tif' for area in areas], bands=3)]
        if labelled:
            parts.append(Part(f'{masks}/*', [f'{area}{ending}.tif' for area in areas]))
        super().__init__(
            images=find_files(data_root, ORIGIN, parts, complete)[0],
            data_root=data_root,
            labels=colour_labels(
                {'top': masks, '*': f'*{ending}'}, POTSDAM, threshold=128
            )
            if labelled
            else None,
            classes=list(POTSDAM),
            palette=list(POTSDAM.values()),
            **kwargs,
        )
