"""Several data sets in one run: shares, draws, refusals and training."""

from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset.utils import default_collate
from mmengine.hooks import Hook
from mmengine.registry import MODELS, DefaultScope
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from glcnet_mm.datasets import (
    DomainDataset,
    InfinitePerSampleSampler,
    PerSampleSampler,
    SampleKey,
)

ROOT = Path(__file__).parents[2]
CROP = dict(type='CropResize', size=32)
NOISE = dict(type='BrightnessContrast')


def part(folder, name, **changes):
    """A data set with two views of 32 px."""
    settings = dict(
        type='WindowDataset',
        images=str(folder / name),
        window=48,
        sampling=dict(num_windows=6),
        pipeline=[
            dict(type='LoadRaster'),
            dict(
                type='MakeViews',
                views=[
                    dict(geometry=[CROP]),
                    dict(geometry=[CROP], photometry=[NOISE]),
                ],
            ),
            dict(type='PackViews'),
        ],
    )
    return {**settings, **changes}


@pytest.fixture
def folder(tmp_path, write_raster):
    """Two rasters of a dark and three of a bright sensor, and one of four bands."""
    for number in range(5):
        rng = np.random.default_rng(number)
        low = 1 if number < 2 else 130
        pixels = rng.integers(low, low + 12, (3, 96, 96), 'uint8')
        patch = rng.integers(0, 110, (3, 6, 6), 'uint8').repeat(16, 1).repeat(16, 2)
        name = 'dark' if number < 2 else 'bright'
        write_raster(tmp_path / f'{name}/{number}.tif', pixels + patch)
    write_raster(tmp_path / 'four/0.tif', np.ones((4, 96, 96), 'uint8'))
    write_raster(tmp_path / 'wide/0.tif', np.full((3, 96, 96), 900, 'uint16'))
    return tmp_path


def test_samples_are_those_of_their_data_set_and_carry_its_number(folder):
    dataset = DomainDataset([part(folder, 'dark'), part(folder, 'bright')])
    assert len(dataset) == 12 and dataset.num_domains == 2
    for index in range(12):
        sample = dataset[SampleKey(3, 1, index)]['data_samples']
        assert sample.domain == index % 2 and sample.domain.dtype == torch.int64
        name = ('dark', 'bright')[index % 2]
        assert Path(sample.raster_path).parent.name == name
    with pytest.raises(IndexError, match='Sample 12 of 12'):
        dataset[12]


def test_one_domain_is_the_data_set_itself(folder):
    dataset = DomainDataset([part(folder, 'dark')])
    key = SampleKey(5, 2, 4)
    ours, theirs = dataset[key], dataset.datasets[0][key]
    assert all(map(torch.equal, ours['inputs'], theirs['inputs']))


def test_smaller_data_sets_repeat_with_other_draws(folder):
    parts = [
        part(folder, 'dark', sampling=dict(num_windows=3)),
        part(folder, 'bright', sampling=dict(num_windows=8)),
    ]
    dataset = DomainDataset(parts)
    assert len(dataset) == 16
    keys = [SampleKey(0, epoch, 2 * row) for epoch in range(3) for row in range(8)]
    seeds = {int(dataset[key]['data_samples'].match_seed) for key in keys}
    assert len(seeds) == 24
    pair = [dataset[SampleKey(0, 0, i)]['data_samples'].match_seed for i in (0, 1)]
    assert pair[0] != pair[1]


@pytest.mark.parametrize('processes', [1, 2, 3])
def test_every_batch_of_every_process_has_equal_shares(folder, processes):
    parts = [
        part(folder, name, sampling=dict(num_windows=7))
        for name in ('dark', 'bright', 'dark')
    ]
    dataset = DomainDataset(parts)
    seen = Counter()
    for rank in range(processes):
        sampler = PerSampleSampler(dataset, seed=1)
        sampler.rank, sampler.world_size = rank, processes
        order = [key.index for key in sampler]
        assert len(order) == len(sampler)
        seen.update(order)
        stream = InfinitePerSampleSampler(dataset, seed=1)
        stream.rank, stream.world_size = rank, processes
        keys = list(islice(stream, 60))
        for start in range(0, 60, 6):
            batch = [key.index % 3 for key in keys[start : start + 6]]
            assert sorted(batch) == [0, 0, 1, 1, 2, 2]
        stream.skip(13)
        assert list(islice(stream, 20)) == keys[13:33]
    assert set(seen) == set(range(21))


def test_the_domains_are_shuffled_apart(folder):
    dataset = DomainDataset(
        [part(folder, n, sampling=dict(num_windows=9)) for n in ('dark', 'bright')]
    )
    order = [key.index // 2 for key in PerSampleSampler(dataset, seed=0)]
    assert order[::2] != order[1::2] and sorted(order[::2]) == sorted(order[1::2])


def test_rows_of_shared_reads_stay_together(folder):
    dataset = DomainDataset(
        [part(folder, n, sampling=dict(num_windows=24)) for n in ('dark', 'bright')]
    )
    dataset.datasets[0].windows_per_region = 4
    dataset.datasets[1].windows_per_region = 6
    order = np.array([key.index for key in PerSampleSampler(dataset, seed=0)])
    for domain, together in ((0, 4), (1, 6)):
        rows = (order[domain::2] // 2).reshape(-1, together)
        assert (rows == rows[:, :1] + np.arange(together)).all()
        assert (rows[:, 0] % together == 0).all()


def test_the_domain_travels_through_loader_and_preprocessor(folder):
    DefaultScope.get_instance('domains', scope_name='mmseg')
    dataset = DomainDataset([part(folder, 'dark'), part(folder, 'bright')])
    loader = DataLoader(
        dataset,
        batch_size=4,
        sampler=PerSampleSampler(dataset, seed=0),
        collate_fn=default_collate,
        num_workers=1,
    )
    processor = MODELS.build(dict(type='MultiBandPreprocessor', mean=100.0, std=50.0))
    batch = processor(next(iter(loader)))
    assert [int(s.domain) for s in batch['data_samples']] == [0, 1, 0, 1]


def test_unequal_bands_sizes_and_types_are_refused(folder):
    dark = part(folder, 'dark')
    with pytest.raises(ValueError, match='3 bands of 32x32 .* domain 1 4 bands'):
        DomainDataset([dark, part(folder, 'four')])
    with pytest.raises(ValueError, match='in uint8 .* domain 1 .* in int32 .*Standard'):
        DomainDataset([dark, part(folder, 'wide')])
    with pytest.raises(ValueError, match='at least one data set'):
        DomainDataset([])


def test_standardised_views_of_two_sensors_mix(folder):
    def scaled(name, mean, std):
        config = part(folder, name)
        step = dict(type='StandardiseViews', mean=mean, std=std)
        config['pipeline'].insert(2, step)
        return config

    dataset = DomainDataset(
        [scaled('dark', [60.0] * 3, 50.0), scaled('wide', 500.0, 200.0)]
    )
    assert torch.equal(dataset[1]['inputs'][0], torch.full((3, 32, 32), 2.0))
    raw = DomainDataset([part(folder, 'dark')])
    expected = (raw[0]['inputs'][0].float() - 60) / 50
    plain = dataset.datasets[0][SampleKey(0, 0, 0)]['inputs'][0]
    assert torch.allclose(plain, expected)
    with pytest.raises(ValueError, match='read with 3 bands .* 2 values of mean'):
        DomainDataset([scaled('dark', [1.0, 2.0], 1.0)])
    with pytest.raises(ValueError, match='std must be positive'):
        DomainDataset([scaled('dark', 1.0, [1.0, 0.0, 1.0])])


def runner_config(folder, **model):
    """A tiny GLCNet on both domains, by the hooks of a real run."""
    base = f'{ROOT}/configs/_base_'
    config = Config.fromfile(f'{base}/models/glcnet_r50.py')
    for name in ('schedules/glcnet_iterations', 'default_runtime'):
        config.merge_from_dict(Config.fromfile(f'{base}/{name}.py').to_dict())
    net = config.model
    net.data_preprocessor.update(mean=120.0, std=60.0)
    net.backbone.update(depth=18, base_channels=8, in_channels=3)
    net.neck.decode_head.update(in_channels=64, channels=16, c1_in_channels=8)
    for head in (net.global_head, net.local_head):
        head.update(in_channels=16, embedding_channels=16)
    net.local_head.update(side=8)
    config.merge_from_dict(dict(model=model))
    config.train_dataloader = dict(
        batch_size=8,
        num_workers=0,
        drop_last=True,
        sampler=dict(type='InfinitePerSampleSampler'),
        collate_fn=dict(type='stack_samples'),
        dataset=dict(
            type='DomainDataset',
            datasets=[
                part(folder, n, sampling=dict(num_windows=16))
                for n in ('dark', 'bright')
            ],
        ),
    )
    config.param_scheduler = None
    config.optim_wrapper.optimizer.lr = 3e-3
    config.train_cfg = dict(type='IterBasedTrainLoop', max_iters=40)
    config.default_hooks.logger.interval = 1
    config.custom_hooks[-1].update(interval=10, samples=2)
    config.visualizer.vis_backends = [dict(type='LocalVisBackend')]
    config.work_dir = str(folder / 'work')
    config.experiment_name = f'domains_{folder.name}'
    return config


class Record(Hook):
    def __init__(self):
        self.history = []

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        self.history.append(outputs['loss'].item())


def train(config):
    runner, record = Runner.from_cfg(config), Record()
    runner.register_hook(record)
    runner.train()
    logs = ''.join(p.read_text() for p in Path(config.work_dir).rglob('*.log'))
    return record.history, logs, runner


@pytest.mark.parametrize('sampling', ['uniform', 'balanced'])
def test_a_run_on_two_domains_learns_and_tells_about_both(folder, sampling):
    config = runner_config(
        folder, negatives='domain', local_head=dict(sampling=sampling)
    )
    history, logs, runner = train(config)
    assert np.mean(history[-5:]) < np.mean(history[:3]) - 0.2
    for text in ('domain 0', 'domain 1', '16 per epoch, 4 per batch'):
        assert text in logs
    figures = {p.name for p in (folder / 'work').rglob('views_*.png')}
    assert {'views_1.png', 'views_10.png'} <= figures
    assert runner.model.local_head.drawn.keep.shape == (8, 4)


def test_a_batch_of_unequal_shares_is_refused(folder):
    config = runner_config(folder)
    config.train_dataloader.batch_size = 7
    with pytest.raises(ValueError, match='7 has unequal shares of 2 domains'):
        train(config)


def test_negatives_of_the_domain_need_one_and_change_the_loss(folder):
    DefaultScope.get_instance('domains', scope_name='mmseg')
    dataset = DomainDataset([part(folder, 'dark'), part(folder, 'bright')])
    samples = [dataset[i] for i in range(6)]
    views = [torch.stack([s['inputs'][v] for s in samples]) for v in (0, 1)]
    data_samples = [s['data_samples'] for s in samples]
    losses = {}
    for negatives in ('all', 'domain'):
        torch.manual_seed(0)
        model = MODELS.build(runner_config(folder, negatives=negatives).model).eval()
        inputs = [view / 100.0 for view in views]
        losses[negatives] = model.loss(inputs, data_samples)
    for name in ('loss_global', 'loss_local'):
        # Fewer terms in the denominator.
        assert losses['domain'][name] < losses['all'][name] - 0.1
    del data_samples[0].domain
    with pytest.raises(ValueError, match='put the data sets into a DomainDataset'):
        model.loss(inputs, data_samples)
    with pytest.raises(ValueError, match='must be "all" or "domain", got "none"'):
        MODELS.build(runner_config(folder, negatives='none').model)
