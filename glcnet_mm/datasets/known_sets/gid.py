"""GID, land cover of large Gaofen-2 scenes with 5 or 15 classes."""

from mmengine.registry import DATASETS

from ..windows import WindowDataset
from .colours import colour_labels
from .layout import Origin, Part, choose, find_files, only_listed

GID_5 = {
    'built-up': (255, 0, 0),
    'farmland': (0, 255, 0),
    'forest': (0, 255, 255),
    'meadow': (255, 255, 0),
    'water': (0, 0, 255),
}
GID_15 = {
    'industrial land': (200, 0, 0),
    'urban residential': (250, 0, 150),
    'rural residential': (200, 150, 150),
    'traffic land': (250, 150, 150),
    'paddy field': (0, 200, 0),
    'irrigated land': (150, 250, 0),
    'dry cropland': (150, 200, 150),
    'garden plot': (200, 0, 200),
    'arbor woodland': (150, 0, 250),
    'shrub land': (150, 150, 250),
    'natural grassland': (250, 200, 0),
    'artificial grassland': (200, 200, 0),
    'river': (0, 0, 200),
    'lake': (0, 150, 200),
    'pond': (0, 200, 250),
}
# Number of classes: their colours and the number of scenes.
TABLES = {5: (GID_5, 150), 15: (GID_15, 10)}
# Product: its number of bands.
PRODUCTS = {'NirRGB': 4, 'RGB': 3}
ORIGIN = Origin('GID', 'https://captain-whu.github.io/GID15/', size=(7200, 6800))


@DATASETS.register_module()
class GidDataset(WindowDataset):
    """GID: 150 scenes of Gaofen-2, 7200x6800 px at about 4 m, uint8, read by windows.

    ``image_NirRGB/GF2_PMS1__L1A0000564539-MSS1.tif`` (near infrared, red, green, blue)
    or ``image_RGB`` and ``label_5classes/..._label.tif`` or ``label_15classes``, below
    the folder of the large-scale or of the fine classification (10 scenes). Labels are
    colours; black is unlabelled and ignored. Layout and colours as public code reads
    them: check. Tong et al., Remote Sensing of Environment 237, 2020,
    10.1016/j.rse.2019.111322.

    Args:
        classes_of: 5 (large-scale, 150 scenes) or 15 (fine, 10 scenes).
        product: ``NirRGB`` or ``RGB``.
        list_file: Names of the scenes to use, one per line; split by scene.
        labelled: Whether to read labels.
        complete: Whether to insist on all scenes.
        **kwargs: Of ``WindowDataset``.
    """

    origin = ORIGIN

    def __init__(
        self,
        data_root: str,
        classes_of: int = 5,
        product: str = 'NirRGB',
        list_file: str | None = None,
        labelled: bool = True,
        complete: bool = True,
        **kwargs,
    ) -> None:
        table, count = choose(ORIGIN, TABLES, classes_of)
        folder, masks = f'image_{product}', f'label_{classes_of}classes'
        bands = choose(ORIGIN, PRODUCTS, product)
        parts = [Part(f'{folder}/*.tif', count=count, bands=bands)]
        if labelled:
            parts.append(Part(f'{masks}/*_label.tif', count=count))
        images = find_files(data_root, ORIGIN, parts, complete)[0]
        super().__init__(
            images=only_listed(images, list_file),
            data_root=data_root,
            labels=colour_labels({folder: masks, '*': '*_label'}, table)
            if labelled
            else None,
            classes=list(table),
            palette=list(table.values()),
            **kwargs,
        )
