"""Optical and SAR of one place through one geometry, and photometry of their own."""

from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import DATASETS

import glcnet_mm  # noqa: F401
from glcnet_mm.datasets.sampler import SampleKey
from glcnet_mm.rasters.band_stack import stack_bands
from tests.layouts import write

BASES = Path(__file__).parents[2] / 'configs/_base_'
SIDE = 160


@pytest.fixture
def pair(tmp_path, write_raster):
    """One checkerboard of patches as optical, as SAR and as label."""
    rng = np.random.default_rng(0)
    patches = rng.integers(0, 2, (20, 20), 'uint8').repeat(8, 0).repeat(8, 1)
    grey = 60 + 120 * patches
    write(write_raster, tmp_path / 'optical/1.png', np.stack([grey] * 3))
    write(write_raster, tmp_path / 'sar/1.png', grey[None])
    write(write_raster, tmp_path / 'label/1.png', patches[None])
    folders = [str(tmp_path / name) for name in ('optical', 'sar')]
    stack_bands(str(tmp_path / 'stack'), dict.fromkeys(folders))
    return tmp_path


def build(root, *steps, **settings):
    return DATASETS.build(
        dict(
            type='WindowDataset',
            data_root=str(root),
            images='stack',
            pipeline=[dict(type='LoadRaster'), *steps],
            **settings,
        )
    )


def views_of(name='views/optical_sar_96px'):
    return Config.fromfile(BASES / f'{name}.py')


def test_views_show_one_geometry_in_both_modalities(pair):
    config = views_of()
    plain = [dict(geometry=view.geometry) for view in (config.view1, config.view2)]
    dataset = build(
        pair,
        dict(type='MakeViews', views=plain),
        window=128,
        sampling=dict(num_windows=40),
    )
    seen = set()
    for index in range(40):
        for view in dataset[SampleKey(0, 0, index)]['views']:
            optical, sar = view['img'][..., 0], view['img'][..., 3]
            assert np.array_equal(optical, sar) and np.ptp(optical) == 120
            seen.add(view['homography'].round(3).tobytes())
    assert len(seen) == 80


def test_photometry_stays_with_its_modality(pair):
    config = views_of()
    still = dict(geometry=[])
    for names, changed, kept in (
        (('optical_photometry',), slice(0, 3), slice(3, 4)),
        (('sar_photometry',), slice(3, 4), slice(0, 3)),
    ):
        operations = [part for name in names for part in config[name]]
        view = dict(still, photometry=operations)
        dataset = build(pair, dict(type='MakeViews', views=[still, view]), window=128)
        differ = []
        for epoch in range(30):
            one, two = dataset[SampleKey(0, epoch, 0)]['views']
            assert np.array_equal(one['img'][..., kept], two['img'][..., kept])
            differ.append(bool((one['img'] != two['img'])[..., changed].any()))
        assert np.mean(differ) > 0.5


def test_label_and_both_modalities_are_augmented_by_one_draw(pair):
    """Whatever the draw, a pixel of class 1 is bright in both, one of class 0 dark."""
    config = Config.fromfile(BASES / 'augment/one_view.py')
    dataset = build(
        pair,
        dict(type='LoadLabel'),
        dict(type='AugmentWindow', geometry=config.geometry),
        window=128,
        labels=dict(stack='label'),
        classes=['dark', 'bright'],
    )
    for epoch in range(20):
        sample = dataset[SampleKey(0, epoch, 0)]
        image, label = sample['img'].astype(int), sample['gt_seg_map']
        assert np.array_equal(image[..., 0], image[..., 3])
        inside = (label != 255) & sample['valid']
        bright = image[..., 3] > 120
        # Mixed pixels of the edges fall to either side.
        assert (bright == (label == 1))[inside].mean() > 0.97
