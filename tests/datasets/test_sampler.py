"""Orders of samples: complete, in blocks, over processes, from any sample on."""

import multiprocessing
import resource
from collections import OrderedDict
from itertools import islice
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from glcnet_mm.datasets import InfinitePerSampleSampler, PerSampleSampler
from glcnet_mm.rasters.raster_handles import MAX_OPEN_FILES


class Samples(SimpleNamespace):
    """A set of ``rows`` samples in each of ``num_domains``."""

    def __len__(self):
        return self.rows * self.num_domains


def sampler_of(
    rows, rank=0, processes=1, domains=1, together=1, kind=PerSampleSampler, **options
):
    data = Samples(rows=rows, num_domains=domains, windows_per_region=together)
    sampler = kind(data, seed=3, **options)
    sampler.rank, sampler.world_size = rank, processes
    return sampler


def indices(sampler):
    return [key.index for key in sampler]


@pytest.mark.parametrize('processes', [1, 3])
@pytest.mark.parametrize('domains', [1, 2])
def test_without_blocks_the_order_is_a_permutation_dealt_in_turn(processes, domains):
    generator = torch.Generator().manual_seed(3 * 1_000_003 + 4)
    columns = [torch.randperm(50, generator=generator) for _ in range(domains)]
    rows = (torch.stack(columns, 1) * domains + torch.arange(domains)).tolist()
    rows += rows[: -50 % processes]
    for rank in range(processes):
        sampler = sampler_of(50, rank, processes, domains)
        sampler.set_epoch(4)
        assert indices(sampler) == sum(rows[rank::processes], [])


CASES = [
    dict(),
    dict(block=7),
    dict(block=1),
    dict(block=10_000),
    dict(together=4),
    dict(together=4, block=10),
    dict(shuffle=False),
    dict(domains=3, block=5),
    dict(domains=2, block=8, together=3),
]


@pytest.mark.parametrize('rows', [0, 1, 2, 64, 1000, 1003])
@pytest.mark.parametrize('processes', [1, 2, 5])
@pytest.mark.parametrize('case', CASES, ids=str)
def test_every_sample_comes_once_per_epoch(rows, processes, case):
    count = rows * case.get('domains', 1)
    for epoch in (0, 1):
        shares = []
        for rank in range(processes):
            sampler = sampler_of(rows, rank, processes, round_up=False, **case)
            sampler.set_epoch(epoch)
            shares.append(indices(sampler))
            assert len(sampler) == len(shares[-1])
        assert sorted(sum(shares, [])) == list(range(count))
        shares = []
        for rank in range(processes):
            sampler = sampler_of(rows, rank, processes, **case)
            sampler.set_epoch(epoch)
            shares.append(indices(sampler))
            assert len(sampler) == len(shares[-1]) == len(shares[0])
        assert set(sum(shares, [])) == set(range(count))
        most = case.get('together', 1) * case.get('domains', 1) * processes
        assert len(shares[0]) * processes - count < most


@pytest.mark.parametrize('case', CASES, ids=str)
def test_skipping_goes_on_at_the_exact_sample(case):
    options = dict(rank=1, processes=2, kind=InfinitePerSampleSampler, **case)
    stream = list(islice(sampler_of(1003, **options), 4000))
    assert stream[0].epoch == 0 and stream[-1].epoch >= 1
    for start in (0, 1, 13, 223, 224, 225, 500, 502, 1003, 1999, 3456):
        skipped = sampler_of(1003, **options)
        skipped.skip(start)
        assert list(islice(skipped, 300)) == stream[start : start + 300]


@pytest.mark.parametrize('block', [16, 10_000])
def test_epochs_and_seeds_differ(block):
    sampler = sampler_of(5000, block=block)
    orders = [indices(sampler)]
    sampler.set_epoch(1)
    orders.append(indices(sampler))
    sampler.seed = 4
    orders.append(indices(sampler))
    for i in range(3):
        agree = np.array(orders[i]) == np.array(orders[i - 1])
        assert agree.mean() < 0.01


def opens(order, per_file):
    """Files opened by a reader that keeps the last ones used."""
    kept, count = OrderedDict(), 0
    for index in order:
        count += index // per_file not in kept
        kept[index // per_file] = True
        kept.move_to_end(index // per_file)
        if len(kept) > MAX_OPEN_FILES:
            kept.popitem(last=False)
    return count


def files_per_batch(order, per_file):
    batches = np.array(order[: len(order) // 64 * 64]).reshape(-1, 64) // per_file
    return np.mean([len(set(batch)) for batch in batches])


@pytest.mark.parametrize('processes', [1, 2])
@pytest.mark.parametrize('per_file', [64, 100, 500])
def test_blocks_stay_close_and_batches_still_mix(processes, per_file):
    rows = 40_000
    plain = indices(sampler_of(rows, 0, processes))
    order = indices(sampler_of(rows, 0, processes, block=64))
    # A file once per block that touches it, and no more.
    touched = rows / processes * (1 / 64 + 1 / per_file)
    assert opens(order, per_file) <= touched * 1.02
    assert opens(order, per_file) < 0.08 * opens(plain, per_file)
    # 32 blocks with equal chances in 64 draws: 32 (1 - (31 / 32) ** 64) = 27.8.
    assert files_per_batch(order, per_file) > 20
    # Two in a row are mostly of different files, and no file fills a batch.
    files = np.array(order) // per_file
    assert (files[1:] != files[:-1]).mean() > 0.9


@pytest.mark.parametrize('case', [dict(), dict(block=10), dict(shuffle=False)])
@pytest.mark.parametrize('processes', [1, 3])
@pytest.mark.parametrize('rows', [96, 98])
def test_windows_of_one_region_stay_together(case, processes, rows):
    seen = []
    for rank in range(processes):
        order = indices(sampler_of(rows, rank, processes, 1, 4, round_up=False, **case))
        groups = [index // 4 for index in order]
        firsts = [i for i in range(len(order)) if i == 0 or groups[i] != groups[i - 1]]
        for first, group in zip(firsts, (groups[i] for i in firsts), strict=True):
            expected = list(range(group * 4, min(group * 4 + 4, rows)))
            assert order[first : first + len(expected)] == expected
        assert len({groups[i] for i in firsts}) == len(firsts)
        seen += [groups[i] for i in firsts]
    assert sorted(seen) == list(range(24 if rows == 96 else 25))
    assert (seen == sorted(seen)) == (not case.get('shuffle', True) and processes == 1)


def draw_from_a_huge_set(options):
    """Fails where it needs half a gigabyte more than there is now."""
    pages = int(open('/proc/self/statm').read().split()[0])
    limit = pages * resource.getpagesize() + 2**29
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    for processes in (1, 8):
        sampler = sampler_of(
            10**9, processes - 1, processes, kind=InfinitePerSampleSampler, **options
        )
        first = list(islice(sampler, 2000))
        sampler.skip(len(sampler) * 3 + 77)
        late = list(islice(sampler, 2000))
        assert {key.epoch for key in late} == {3}
        for keys in (first, late):
            numbers = [key.index for key in keys]
            assert len(set(numbers)) == 2000 and max(numbers) < 10**9
            if options.get('shuffle', True):
                assert max(numbers) - min(numbers) > 10**8
        sampler.skip(len(sampler) * 3)
        assert list(islice(sampler, 2077))[77:] == late


@pytest.mark.parametrize(
    'options', [dict(), dict(block=1024), dict(together=4), dict(shuffle=False)]
)
def test_a_thousand_million_samples_need_little_memory(options):
    # A fork of a process with threads of its own may wait for them forever.
    process = multiprocessing.get_context('spawn').Process(
        target=draw_from_a_huge_set, args=(options,)
    )
    process.start()
    process.join()
    assert process.exitcode == 0


def test_blocks_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match='at least 1 sample, got 0'):
        sampler_of(10, block=0)
    data = Samples(rows=10, num_domains=1, num_windows=10)
    with pytest.raises(ValueError, match='num_windows draws windows anywhere'):
        PerSampleSampler(data, seed=0, block=4)
