"""Models and data that do not fit each other."""

import numpy as np
import pytest
import torch
from mmengine.config import Config
from rasterio.transform import from_origin

from glcnet_mm.datasets import WindowDataset
from glcnet_mm.errors import UserError
from glcnet_mm.inspection.facts import gather
from glcnet_mm.inspection.findings import findings
from glcnet_mm.launch import build_runner
from glcnet_mm.models.weights.checkpoints import check_weights
from glcnet_mm.settings.shared_ground import shared_ground


@pytest.fixture
def train(finetuning, capsys):
    """Trains with changes; returns what the terminal showed."""

    def run(**changes):
        config = Config.fromfile(finetuning)
        config.work_dir = str(finetuning.parent / 'run')
        config.experiment_name = finetuning.parent.name
        config.merge_from_dict({'train_cfg.max_iters': 1, **changes})
        build_runner(config).train()
        return capsys.readouterr().out

    return run


AUXILIARY = dict(
    type='FCNHead', in_channels=64, channels=8, in_index=3, num_convs=1, num_classes=3
)


@pytest.mark.parametrize(
    ('changes', 'sentence'),
    [
        ({'model.decode_head.num_classes': 4}, 'decode_head has num_classes=4, but'),
        (
            {'model.auxiliary_head': dict(AUXILIARY, num_classes=19)},
            'auxiliary_head has num_classes=19, but train_dataloader.dataset names 3',
        ),
        ({'model.decode_head.num_classes': 1}, 'whose softmax is 1 everywhere'),
        (
            {'test_dataloader.dataset.classes': ['dark', 'bright']},
            'but test_dataloader.dataset names 2 classes',
        ),
        ({'modl': dict(x=1)}, 'did you mean model'),
    ],
)
def test_heads_and_classes(train, tmp_path, changes, sentence):
    with pytest.raises(UserError, match=sentence):
        train(**changes)
    assert not list((tmp_path / 'run').glob('*.pth'))


def test_what_is_worth_a_look_is_said(train):
    said = train()
    assert 'Warning: The test data show ground that is trained on, in ' in said
    assert 'num_workers=0' in said


def test_a_test_compares_its_classes(finetuning):
    config = Config.fromfile(finetuning)
    config.work_dir = str(finetuning.parent / 'test')
    config.experiment_name = f'{finetuning.parent.name}_test'
    config.test_dataloader.dataset.classes = ['a', 'b', 'c', 'd']
    with pytest.raises(UserError, match='test_dataloader.dataset names 4 classes'):
        build_runner(config).test()


def dataset(images, pipeline=(), **settings):
    steps = [dict(type='LoadRaster'), *pipeline]
    return WindowDataset([images], 32, steps, **settings)


def texts(dataset):
    return [finding.text for finding in findings(gather(dataset))]


def test_a_range_that_does_not_fit(tmp_path, write_raster):
    values = np.random.default_rng(0).normal(1500, 300, (3, 64, 64)).astype('uint16')
    path = write_raster(tmp_path / 'a.tif', values)

    def notes(span):
        photometry = [dict(type='BrightnessContrast')]
        step = dict(type='AugmentWindow', photometry=photometry, value_range=span)
        return texts(dataset(path, [step]))

    assert notes((0, 3000)) == []
    assert 'lie outside value_range=(0, 255)' in notes((0, 255))[0]
    assert 'far too strong' in notes((0, 65535))[0]
    assert texts(dataset(path)) == []


@pytest.mark.parametrize(('shift_px', 'shares'), [(63, True), (64, False)])
def test_rasters_that_overlap(tmp_path, write_raster, shift_px, shares):
    pixels = np.ones((1, 64, 64), 'uint8')
    place = from_origin(500000 + 2 * shift_px, 5400000, 2, 2)
    paths = [
        write_raster(tmp_path / 'a.tif', pixels),
        write_raster(tmp_path / 'b.tif', pixels, transform=place),
    ]
    found = shared_ground(*map(dataset, paths))
    assert (found is not None) == shares
    assert not shares or paths[0] in found and paths[1] in found


@pytest.mark.parametrize(('column', 'shares'), [(0, True), (32, False)])
def test_listed_windows_of_one_raster(tmp_path, write_raster, column, shares):
    path = write_raster(tmp_path / 'a.tif', np.ones((1, 64, 64), 'uint8'))
    pair = dataset(path), dataset(path)
    window = type(pair[0].index[0][1])
    pair[0].listed = [(0, window(0, 0, 32, 32)), (0, window(0, 32, 32, 32))]
    pair[1].listed = [(0, window(column, 0, 32, 32))]
    assert (shared_ground(*pair) is not None) == shares


def test_a_link_to_the_same_file(tmp_path, write_raster):
    path = write_raster(tmp_path / 'a.tif', np.ones((1, 64, 64), 'uint8'), crs=None)
    (tmp_path / 'b.tif').symlink_to(path)
    assert shared_ground(dataset(path), dataset(str(tmp_path / 'b.tif'))) is not None


def test_a_test_refuses_weights_of_another_shape():
    model, other = (
        torch.nn.Sequential(torch.nn.Linear(2, k), torch.nn.Linear(k, 3))
        for k in (4, 5)
    )
    weights = other.state_dict()
    with pytest.raises(UserError, match=r'in 3 weights, .*0.weight is \(5, 2\) there'):
        check_weights(model, weights, complete=True)
    check_weights(model, weights, complete=False)
    check_weights(other, weights, complete=True)


def test_weights_of_the_other_stage_are_called_so():
    def model(**parts):
        return torch.nn.ModuleDict({k: torch.nn.Linear(1, 1) for k in parts})

    segmentor = model(backbone=1, decode_head=1)
    pretraining = model(backbone=1)
    pretraining.neck = model(decode_head=1)
    with pytest.raises(UserError, match='of a pre-training, so fine-tune from it'):
        check_weights(segmentor, pretraining.state_dict(), complete=True)
    with pytest.raises(UserError, match='so give the config that the checkpoint was'):
        check_weights(pretraining, segmentor.state_dict(), complete=True)
    other = model(backbone=1)
    with pytest.raises(UserError, match='give one of the same model'):
        check_weights(segmentor, other.state_dict(), complete=True)
