"""Awkward files of real imagery, mapped by a small network."""

import numpy as np
import pytest
import rasterio
import torch

from glcnet_mm.mapping import Segmentor, SlidingWindow, map_scene


@pytest.fixture
def map_real(config, write_checkpoint, imagery, tmp_path):
    def run(name, bands, device='cpu'):
        config.test_dataloader.dataset.pipeline[0].bands = bands
        config.model.backbone.in_channels = len(bands)
        model = Segmentor(config, write_checkpoint(config), device)
        scene, out = imagery / 'large_scenes' / name, tmp_path / f'{device}.tif'
        shares = tmp_path / f'{device}_p.tif'
        grid = SlidingWindow(window_px=512, overlap_px=0)
        map_scene(model, str(scene), str(out), str(shares), sliding=grid)
        return rasterio.open(scene), rasterio.open(out), rasterio.open(shares)

    return run


@pytest.mark.slow
def test_a_scene_with_nodata(map_real):
    scene, classes, _ = map_real('cog_nodata.tif', [1])
    with scene, classes:
        assert (classes.crs, classes.transform) == (scene.crs, scene.transform)
        np.testing.assert_array_equal(
            classes.read(1) == 255, scene.read(1) == scene.nodata
        )


def test_a_scene_placed_by_control_points(map_real):
    scene, classes, _ = map_real('cog_gcps.tif', [1])
    with scene, classes:
        points, crs = classes.gcps
        assert crs == scene.gcps[1]
        assert [(p.x, p.y) for p in points] == [(p.x, p.y) for p in scene.gcps[0]]
        assert classes.tags(ns='IMAGE_STRUCTURE')['LAYOUT'] == 'COG'


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='no GPU')
def test_a_gpu_gives_the_map_of_the_cpu(map_real):
    maps = [map_real('cog_nodata.tif', [1], device) for device in ('cpu', 'cuda')]
    shares = [one[2].read().astype(int) for one in maps]
    assert abs(shares[0] - shares[1]).max() <= 2
