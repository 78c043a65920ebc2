"""Small files in the layouts in which sets are published, colours and ids as there."""

import os

import numpy as np
from rasterio.transform import Affine

from glcnet_mm.datasets import WindowDataset

DRIVERS = {'.tif': 'GTiff', '.tiff': 'GTiff', '.png': 'PNG', '.jpg': 'JPEG'}
SIDE = 16
LOAD = [dict(type='LoadRaster'), dict(type='LoadLabel')]
ISPRS = [(255, 255, 255), (0, 0, 255), (0, 255, 255), (0, 255, 0), (255, 255, 0)]
ISPRS += [(255, 0, 0), (0, 0, 0)]
PLACE = 'NH49E001013'
WFV = 'GF1_WFV2_E140.6_N45.9_20171027_L1A0002713917'
SCENE = 'GF2_PMS1__L1A0000564539-MSS1'
VAIHINGEN = 'ISPRS_semantic_labeling_Vaihingen_ground_truth'

# Set, its arguments, an image with its bands, its label, the label's values from left
# to right and the class numbers that they mean.
PUBLISHED = {
    'potsdam': (
        dict(type='IsprsPotsdamDataset'),
        ('4_Ortho_RGBIR/top_potsdam_2_10_RGBIR.tif', 4),
        '5_Labels_all/top_potsdam_2_10_label.tif',
        [*ISPRS, (252, 255, 0)],
        [0, 1, 2, 3, 4, 5, 255, 4],
    ),
    'potsdam without boundary': (
        dict(type='IsprsPotsdamDataset', product='RGB', boundary=False, split='test'),
        ('2_Ortho_RGB/top_potsdam_7_13_RGB.tif', 3),
        '5_Labels_all_noBoundary/top_potsdam_7_13_label_noBoundary.tif',
        ISPRS,
        [0, 1, 2, 3, 4, 5, 255],
    ),
    'vaihingen': (
        dict(type='VaihingenDataset', split='test'),
        ('top/top_mosaic_09cm_area38.tif', 3),
        f'{VAIHINGEN}_COMPLETE/top_mosaic_09cm_area38.tif',
        ISPRS,
        [0, 1, 2, 3, 4, 5, 255],
    ),
    'vaihingen without boundary, labels in the root': (
        dict(type='VaihingenDataset', boundary=False, label_folder='.'),
        ('top/top_mosaic_09cm_area1.tif', 3),
        'top_mosaic_09cm_area1_noBoundary.tif',
        ISPRS,
        [0, 1, 2, 3, 4, 5, 255],
    ),
    'deepglobe': (
        dict(type='DeepGlobeDataset'),
        ('train/855_sat.jpg', 3),
        'train/855_mask.png',
        [
            (0, 255, 255),
            (255, 255, 0),
            (255, 0, 255),
            (0, 255, 0),
            (0, 0, 255),
            (255, 255, 255),
            (0, 0, 0),
            (3, 250, 128),
            (127, 0, 129),
        ],
        [0, 1, 2, 3, 4, 5, 255, 0, 4],
    ),
    'loveda': (
        dict(type='LovedaDataset', split='val', scenes=['Rural']),
        ('Val/Rural/images_png/3514.png', 3),
        'Val/Rural/masks_png/3514.png',
        range(8),
        [255, 0, 1, 2, 3, 4, 5, 6],
    ),
    'uavid': (
        dict(type='UAVidDataset'),
        ('uavid_train/seq1/Images/000000.png', 3),
        'uavid_train/seq1/Labels/000000.png',
        [
            (0, 0, 0),
            (128, 0, 0),
            (128, 64, 128),
            (192, 0, 192),
            (0, 128, 0),
            (128, 128, 0),
            (64, 64, 0),
            (64, 0, 128),
        ],
        range(8),
    ),
    'levir_cs': (
        dict(type='LevirCsDataset'),
        (f'train/mss/{WFV}_mss.tiff', 4),
        f'train/label_0_1_2/{WFV}_roiMap.tif',
        range(3),
        range(3),
    ),
    'gid 5': (
        dict(type='GidDataset'),
        (f'image_NirRGB/{SCENE}.tif', 4),
        f'label_5classes/{SCENE}_label.tif',
        [(255, 0, 0), (0, 255, 0), (0, 255, 255), (255, 255, 0), (0, 0, 255), (0,) * 3],
        [0, 1, 2, 3, 4, 255],
    ),
    'gid 15': (
        dict(type='GidDataset', classes_of=15, product='RGB'),
        (f'image_RGB/{SCENE}.tif', 3),
        f'label_15classes/{SCENE}_label.tif',
        [(200, 0, 0), (250, 0, 150), (150, 250, 0), (0, 200, 250), (0, 0, 0)],
        [0, 1, 5, 14, 255],
    ),
    'whu_opt_sar': (
        dict(type='WhuOptSarDataset', modality='optical'),
        (f'optical/{PLACE}.tif', 4),
        f'lbl/{PLACE}.tif',
        range(0, 80, 10),
        range(8),
    ),
    'yeseg': (
        dict(type='YesegOptSarDataset', modality='sar'),
        ('sar/HY_C/7.png', 1),
        'label/HY_C/7.png',
        range(8),
        range(8),
    ),
}


def noise(bands, seed=0):
    return np.random.default_rng(seed).integers(1, 255, (bands, SIDE, SIDE), 'uint8')


def image(seed=0, bands=3, size=64):
    """Pixels ``(bands, size, size)``, none of them 0."""
    return np.random.default_rng(seed).integers(1, 255, (bands, size, size), 'uint8')


def stripes(values):
    """``(C, SIDE, SIDE)`` label whose columns hold the values, then the last one."""
    columns = np.array([np.atleast_1d(value) for value in values], 'uint8')
    columns = columns[np.arange(SIDE).clip(max=len(columns) - 1)]
    return np.repeat(columns.T[:, None], SIDE, 1)


def windows_of(folder, **changes):
    """The windows of ``images`` with the ids of two classes in ``labels``."""
    settings = dict(
        images='images',
        labels='labels',
        data_root=str(folder),
        window=32,
        classes=['a', 'b'],
        pipeline=LOAD,
    )
    return WindowDataset(**{**settings, **changes})


def write_mosaic(path, part, side=8, band=1):
    """A virtual raster that shows one band of a part, named from there or in full."""
    relative = int(not os.path.isabs(part))
    path.write_text(
        f'<VRTDataset rasterXSize="{side}" rasterYSize="{side}">'
        f'<VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
        f'<SourceFilename relativeToVRT="{relative}">{part}</SourceFilename>'
        f'<SourceBand>{band}</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>'
    )
    return str(path)


def touch(root, *names):
    """Makes empty files, returns their paths."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return [str(root / name) for name in names]


def write(write_raster, path, pixels):
    """Writes without a position, in the format of the suffix."""
    form = dict(driver=DRIVERS[path.suffix], crs=None, transform=Affine.identity())
    return write_raster(path, pixels, **form)
