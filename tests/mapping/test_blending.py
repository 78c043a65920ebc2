"""Maps of models whose result is known: no seams, no dependence on the grid."""

import numpy as np
import pytest
import rasterio

from glcnet_mm.console.progress import Progress
from glcnet_mm.mapping import SlidingWindow, map_scene
from glcnet_mm.mapping.streaming import blended_lines
from glcnet_mm.mapping.tiling import Plan
from glcnet_mm.mapping.window_plan import window_starts
from glcnet_mm.rasters.validity import BandChoice


@pytest.fixture
def constant(segmentor):
    """The network with a last layer that ignores its features."""
    head = segmentor.model.decode_head.conv_seg
    head.weight.data.zero_()
    head.bias.data.copy_(head.bias.new_tensor([0.3, -0.2, 0.1]))
    return segmentor


def logits_of(segmentor, scene, shape, overlap):
    stretch = Plan(*shape, 32, overlap, 3, 8).stretches({'0_0'})[0]
    lines = blended_lines(segmentor, scene, stretch, 4, Progress(1, 'windows'))
    return np.concatenate([logits.copy() for logits, _ in lines], axis=1)


@pytest.mark.parametrize('overlap', [0, 8, 20, 29])
def test_constant_features_show_no_seams(constant, write_scene, overlap):
    scene = write_scene(50, 61, border=0)
    logits = logits_of(constant, scene, (50, 61), overlap)
    shares = np.exp(logits) / np.exp(logits).sum(0)
    expected = np.exp([0.3, -0.2, 0.1]) / np.exp([0.3, -0.2, 0.1]).sum()
    np.testing.assert_allclose(shares, expected[:, None, None] + 0 * shares, atol=1e-6)


def test_a_network_of_pixels_gives_the_same_map_on_any_grid(
    segmentor, write_scene, tmp_path
):
    """What it says of a pixel does not depend on the window the pixel lies in."""

    class Pixels:
        num_classes, classes, palette = 3, segmentor.classes, segmentor.palette
        window_px, choice, identity = 32, BandChoice(), 'pixels'

        def check_scene(self, info):
            pass

        def __call__(self, scene, windows):
            return [
                np.float32(p[..., :3] / 4000).transpose(2, 0, 1) for _, p, _ in windows
            ]

    scene, maps = write_scene(150, 170, border=0), []
    grids = [(32, 8), (32, 14), (37, 20), (50, 0)]
    starts = [tuple(window_starts(170, *grid)) for grid in grids]
    assert len(set(starts)) == len(grids)
    for i, (window, overlap) in enumerate(grids):
        out = str(tmp_path / f'{i}.tif')
        map_scene(
            Pixels(),
            scene,
            out,
            sliding=SlidingWindow(window_px=window, overlap_px=overlap),
        )
        maps.append(rasterio.open(out).read(1))
    with rasterio.open(scene) as file:
        pixels = np.sort(file.read([1, 2, 3]), axis=0)
        expected = file.read([1, 2, 3]).argmax(0)
    clear = pixels[2] > pixels[1]  # else two classes are equally likely
    for classes in maps:
        np.testing.assert_array_equal(classes[clear], expected[clear])
