"""Batches that are stacked in the worker: the same numbers in fewer tensors."""

import io
import pickle
from multiprocessing.reduction import ForkingPickler

import numpy as np
import pytest
import torch
from mmengine.dataset import default_collate, pseudo_collate
from mmengine.registry import FUNCTIONS, MODELS
from mmengine.structures import BaseDataElement
from torch.utils.data import DataLoader

from glcnet_mm.datasets import InfinitePerSampleSampler
from glcnet_mm.sample_batch import SampleBatch, stack_samples, stacked
from tests.layouts import LOAD, windows_of

CROP = dict(type='CropResize', size=24)
PHOTOMETRY = [dict(type='BrightnessContrast'), dict(type='BlurBands')]
VIEWS = [
    dict(type='LoadRaster'),
    dict(
        type='MakeViews',
        views=[dict(geometry=[CROP]), dict(geometry=[CROP], photometry=PHOTOMETRY)],
    ),
    dict(type='PackViews'),
]
LABELLED = [*LOAD, dict(type='PackWindow')]


@pytest.fixture
def build(tmp_path, write_raster):
    pixels = np.random.default_rng(0).integers(0, 255, (3, 64, 64), 'uint8')
    pixels[:, 50:] = 0
    write_raster(tmp_path / 'images/a.tif', pixels, nodata=0)
    write_raster(tmp_path / 'labels/a.tif', pixels[:1] % 2)

    def build(pipeline):
        labels = 'labels' if pipeline is LABELLED else None
        sampling = dict(num_windows=40)
        return windows_of(tmp_path, labels=labels, pipeline=pipeline, sampling=sampling)

    return build


def batches(dataset, collate, workers=0):
    sampler = InfinitePerSampleSampler(dataset, seed=3)
    settings = dict(sampler=sampler, num_workers=workers, collate_fn=collate)
    stream = iter(DataLoader(dataset, 6, **settings))
    return [next(stream) for _ in range(2)]


def assert_equal_samples(one, other):
    assert type(one) is type(other) and one.metainfo == other.metainfo
    assert {*one.keys()} == {*other.keys()}
    for name in one.keys():  # noqa: SIM118
        value, expected = (getattr(x, name) for x in (one, other))
        value, expected = (getattr(x, 'data', x) for x in (value, expected))
        assert value.dtype == expected.dtype and torch.equal(value, expected)


@pytest.mark.parametrize('workers', [0, 1])
@pytest.mark.parametrize(
    ('pipeline', 'usual'), [(VIEWS, default_collate), (LABELLED, pseudo_collate)]
)
def test_same_seed_same_batches_as_by_the_usual_function(
    build, pipeline, usual, workers
):
    dataset = build(pipeline)
    processor = MODELS.build(
        dict(type='MultiBandPreprocessor', mean=[100.0] * 3, std=[50.0] * 3)
    )
    pairs = zip(
        batches(dataset, FUNCTIONS.get('stack_samples'), workers),
        batches(dataset, usual),
        strict=True,
    )
    for batch, expected in pairs:
        assert isinstance(batch['data_samples'], SampleBatch)
        batch, expected = processor(batch), processor(expected)
        for part, known in zip(batch['inputs'], expected['inputs'], strict=True):
            assert torch.equal(part, known)
        samples = batch['data_samples']
        assert len(samples) == len([*samples]) == len(samples[:9]) == 6
        for sample, known in zip(samples, expected['data_samples'], strict=True):
            assert_equal_samples(sample, known)


def test_five_tensors_come_out_of_a_worker(build):
    """Two views, their homographies, valid pixels and seeds, whatever the batch."""

    class Counting(ForkingPickler):
        tensors = 0

        def reducer_override(self, item):
            self.tensors += isinstance(item, torch.Tensor)
            return NotImplemented

    dataset = build(VIEWS)
    for size in (4, 8):
        pickler = Counting(io.BytesIO(), pickle.HIGHEST_PROTOCOL)
        pickler.dump(stack_samples([dataset[i] for i in range(size)]))
        assert pickler.tensors == 5


def test_stacked_takes_lists_and_labels(build):
    dataset = build(LABELLED)
    samples = [dataset[i]['data_samples'] for i in range(3)]
    batch = stack_samples(
        [dict(inputs=torch.zeros(1), data_samples=s) for s in samples]
    )
    for name in ('gt_sem_seg', 'valid'):
        both = stacked(samples, name), stacked(batch['data_samples'], name)
        assert torch.equal(*both) and both[0].shape == (3, 1, 32, 32)


@pytest.mark.parametrize(
    ('fields', 'inputs'),
    [
        ([dict(a=torch.zeros(2)), dict(b=torch.zeros(2))], [torch.zeros(2)] * 2),
        ([dict(a=torch.zeros(2)), dict(a=torch.zeros(3))], [torch.zeros(2)] * 2),
        ([dict(a='x'), dict(a='y')], [torch.zeros(2), torch.zeros(2).byte()]),
    ],
)
def test_what_differs_stays_a_list(fields, inputs):
    elements = [BaseDataElement(**field) for field in fields]
    pairs = zip(inputs, elements, strict=True)
    batch = stack_samples([dict(inputs=i, data_samples=e) for i, e in pairs])
    assert batch['data_samples'] == elements
    assert isinstance(batch['inputs'], list) == (inputs[0].dtype != inputs[1].dtype)


def test_a_batch_moves_to_the_device_of_the_model(build):
    batch = stack_samples([build(VIEWS)[i] for i in range(2)])['data_samples']
    moved = batch.to(torch.device('meta'))
    assert {t.device.type for t in moved.fields.values()} == {'meta'}
    assert moved[0].valid.device.type == 'meta' and moved[1].window == batch[1].window
