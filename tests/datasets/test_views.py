"""Views, packing and fine-tuning augmentation of whole samples."""

import numpy as np
import pytest
import torch
from mmengine.dataset import default_collate, pseudo_collate
from mmengine.registry import MODELS

import glcnet_mm  # noqa: F401
from glcnet_mm.datasets import SampleKey, WindowDataset, stack_samples
from glcnet_mm.datasets.transforms import AugmentWindow
from tests.layouts import LOAD, windows_of

TURN = [dict(type='FlipAxes'), dict(type='QuarterTurns')]
CROP = dict(type='CropResize', size=32)


@pytest.fixture
def dataset(tmp_path, write_raster):
    pixels = np.random.default_rng(0).integers(1, 4000, (5, 96, 96), 'uint16')
    pixels[:, 80:] = 0
    write_raster(tmp_path / 'a.tif', pixels, nodata=0)
    return WindowDataset(
        images=str(tmp_path),
        window=64,
        sampling=dict(num_windows=8),
        pipeline=[
            dict(type='LoadRaster'),
            dict(
                type='MakeViews',
                crop=48,
                value_range=(0, 4000),
                views=[
                    dict(geometry=[CROP]),
                    dict(geometry=[CROP, *TURN], photometry=[dict(type='BlurBands')]),
                ],
            ),
            dict(type='PackViews'),
        ],
    )


def test_views_are_packed_as_read(dataset):
    packed = dataset[SampleKey(0, 0, 0)]
    sample = packed['data_samples']
    assert [v.shape for v in packed['inputs']] == [(5, 32, 32)] * 2
    assert packed['inputs'][0].dtype == torch.int32
    assert sample.homographies.shape == (2, 3, 3) and sample.valid.shape == (2, 32, 32)


def test_homography_places_valid_pixels(dataset):
    """A view pixel is valid exactly where its source in the raster is."""
    seen = set()
    for index in range(8):
        sample = dataset[SampleKey(0, 1, index)]['data_samples']
        _, row, *_ = sample.window
        for view in range(2):
            matrix = torch.linalg.inv(sample.homographies[view])
            ys, xs = torch.meshgrid(
                torch.arange(32.0), torch.arange(32.0), indexing='ij'
            )
            points = torch.stack([xs, ys, torch.ones(32, 32)]).double().flatten(1)
            source_y = (matrix @ points)[1].reshape(32, 32) + row
            certain = (source_y - 79.5).abs() > 0.1
            expected = source_y < 79.5
            assert torch.equal(sample.valid[view][certain], expected[certain])
            seen |= set(sample.valid[view].flatten().tolist())
    assert seen == {True, False}


def test_same_key_same_views_other_epoch_other_views(dataset):
    a, b, c = (dataset[SampleKey(0, epoch, 3)] for epoch in (0, 0, 1))
    assert torch.equal(a['inputs'][1], b['inputs'][1])
    assert a['data_samples'].match_seed == b['data_samples'].match_seed
    assert a['data_samples'].match_seed != c['data_samples'].match_seed
    assert not torch.equal(
        a['data_samples'].homographies, c['data_samples'].homographies
    )


@pytest.mark.parametrize('collate', [default_collate, pseudo_collate, stack_samples])
def test_the_preprocessor_takes_any_collation(dataset, collate):
    batch = collate([dataset[SampleKey(0, 0, i)] for i in range(3)])
    processor = MODELS.build(
        dict(type='MultiBandPreprocessor', mean=[100.0] * 5, std=[2.0] * 5)
    )
    out = processor(batch)
    first = dataset[SampleKey(0, 0, 0)]
    expected = (first['inputs'][0].float() - 100) / 2
    valid = first['data_samples'].valid[0]
    assert [v.shape for v in out['inputs']] == [(3, 5, 32, 32)] * 2
    assert torch.allclose(out['inputs'][0][0][:, valid], expected[:, valid])
    assert (out['inputs'][0][0][:, ~valid] == 0).all()


def sample(size=40):
    g = np.random.default_rng(1)
    labels = np.repeat(np.repeat(g.integers(0, 6, (10, 10)), 4, 0), 4, 1)
    image = np.stack([labels * 40] * 4, -1).astype('uint8')
    return dict(
        img=image,
        gt_seg_map=labels.astype('uint8'),
        valid=np.ones((size, size), bool),
        img_shape=(size, size),
    )


def test_label_follows_the_image_and_is_never_mixed():
    part = AugmentWindow(
        geometry=[*TURN, dict(type='ShiftScale', p=1.0)], value_range=(0, 255)
    )
    moved = set()
    for seed in range(20):
        results = part.transform(dict(sample(), rng=np.random.default_rng(seed)))
        labels, image = results['gt_seg_map'], results['img'][..., 0]
        assert set(np.unique(labels)) <= {0, 1, 2, 3, 4, 5, 255}
        assert np.array_equal(labels == 255, ~results['valid'])
        # Away from edges, where bilinear pixels mix, image and label agree.
        known = labels != 255
        agree = np.abs(image[known].astype(int) - 40 * labels[known].astype(int)) <= 1
        assert agree.mean() > 0.6
        moved.add(bytes(labels))
    assert len(moved) == 20


def test_packed_window_is_what_mmseg_takes(tmp_path, write_raster):
    write_raster(tmp_path / 'images/a.tif', np.ones((3, 30, 30), 'uint8'))
    write_raster(tmp_path / 'labels/a.tif', np.ones((30, 30), 'uint8'))
    packed = windows_of(tmp_path, pipeline=[*LOAD, dict(type='PackWindow')])[0]
    labels = packed['data_samples'].gt_sem_seg.data
    assert packed['inputs'].shape == (3, 32, 32) and labels.shape == (1, 32, 32)
    assert (labels[:, :30, :30] == 1).all() and (labels[:, 30:] == 255).all()
    assert not packed['data_samples'].valid.data[:, :, 30:].any()
    assert packed['data_samples'].img_shape == (32, 32)
