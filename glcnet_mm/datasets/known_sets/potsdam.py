"""ISPRS Potsdam: as published, and in the layout of the GLCNet authors."""

import os

from mmengine.registry import DATASETS

from ...errors import UserError
from ...rasters.sources import read_list
from ..windows import WindowDataset
from .colours import colour_labels
from .layout import Origin, Part, choose, find_files

# The order is mmseg's, the colours are those of the label files.
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
# Product: its folder and number of bands.
PRODUCTS = {
    'RGBIR': ('4_Ortho_RGBIR', 4),
    'RGB': ('2_Ortho_RGB', 3),
    'IRRG': ('3_Ortho_IRRG', 3),
}
# The contest's training and test patches: row and columns.
SPLITS = {
    'train': {
        2: (10, 11, 12),
        3: (10, 11, 12),
        4: (10, 11, 12),
        5: (10, 11, 12),
        6: (7, 8, 9, 10, 11, 12),
        7: (7, 8, 9, 10, 11, 12),
    },
    'test': {
        2: (13, 14),
        3: (13, 14),
        4: (13, 14, 15),
        5: (13, 14, 15),
        6: (13, 14, 15),
        7: (13,),
    },
}
ORIGIN = Origin(
    'ISPRS Potsdam',
    'https://www.isprs.org/education/benchmarks/UrbanSemLab/2d-sem-label-potsdam.aspx',
    # The MD5 is that of torchgeo's definition; the publisher names none.
    {
        '4_Ortho_RGBIR.zip': 'c4a8f7d8c7196dd4eba4addd0aae10c1',
        '2_Ortho_RGB.zip': None,
        '3_Ortho_IRRG.zip': None,
        '5_Labels_all.zip': None,
        '5_Labels_all_noBoundary.zip': None,
    },
    (6000, 6000),
)


@DATASETS.register_module()
class IsprsPotsdamDataset(WindowDataset):
    """ISPRS Potsdam as published: 38 orthophotos of 6000 px at 5 cm, uint8.

    ``4_Ortho_RGBIR/top_potsdam_2_10_RGBIR.tif`` and
    ``5_Labels_all/top_potsdam_2_10_label.tif``. Labels are colours; the folder without
    boundaries, ``5_Labels_all_noBoundary``, has black lines between objects, which are
    ignored. A few label files hold values such as 252 for 255, so channels are cut at
    128. Rottensteiner et al., 2012, 10.5194/isprsannals-I-3-293-2012.

    Args:
        split: ``train`` (24 patches) or ``test`` (14), as in the contest.
        product: ``RGBIR`` (4 bands), ``RGB`` or ``IRRG``.
        boundary: Whether pixels at the border of two objects count.
        label_folder: Another folder of labels, such as ``5_Labels_for_participants``.
        labelled: Whether to read labels.
        complete: Whether to insist on all patches of the split.
        **kwargs: Of ``WindowDataset``.
    """

    origin = ORIGIN

    def __init__(
        self,
        data_root: str,
        split: str = 'train',
        product: str = 'RGBIR',
        boundary: bool = True,
        label_folder: str | None = None,
        labelled: bool = True,
        complete: bool = True,
        **kwargs,
    ) -> None:
        folder, bands = choose(ORIGIN, PRODUCTS, product)
        no_boundary = '' if boundary else '_noBoundary'
        masks, ending = label_folder or f'5_Labels_all{no_boundary}', '_label'
        ending += no_boundary
        rows = choose(ORIGIN, SPLITS, split)
        places = [f'top_potsdam_{row}_{col}' for row in rows for col in rows[row]]
        parts = [
            Part(f'{folder}/*', [f'{p}_{product}.tif' for p in places], bands=bands)
        ]
        if labelled:
            parts.append(Part(f'{masks}/*', [f'{p}{ending}.tif' for p in places]))
        super().__init__(
            images=find_files(data_root, ORIGIN, parts, complete)[0],
            data_root=data_root,
            labels=colour_labels(
                {folder: masks, f'*_{product}': f'*{ending}'}, POTSDAM, threshold=128
            )
            if labelled
            else None,
            classes=list(POTSDAM),
            palette=list(POTSDAM.values()),
            **kwargs,
        )


@DATASETS.register_module()
class PotsdamTilesDataset(WindowDataset):
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
            raise UserError(f'The split {split} must contain "train" or "val".')
        table = POTSDAM_SEVEN if seven_classes else POTSDAM
        folder = f'{base}_{dtype}'
        listed = os.path.join(data_root, f'{split}_{dtype}.txt')
        super().__init__(
            images=read_list(listed, os.path.join(data_root, folder)),
            labels=colour_labels({folder: f'{base}_lbl'}, table) if labelled else None,
            classes=list(table),
            palette=list(table.values()),
            **kwargs,
        )
