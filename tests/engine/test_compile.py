"""What torch.compile makes of the parts of a loss: one graph each."""

import shutil

import pytest
import torch

from glcnet_mm.models.device_random import random_bits
from glcnet_mm.models.losses import NTXentLoss
from glcnet_mm.models.matching.region_matching import match_regions, window_means


def graph_breaks(work, *inputs):
    return torch._dynamo.explain(work)(*inputs).graph_break_count


@pytest.mark.parametrize('common', [True, False])
@pytest.mark.skipif(torch.__version__ < '2.2', reason='not one graph in torch 2.1')
def test_nt_xent_is_one_graph(common):
    views = [torch.randn(6, 4, requires_grad=True) for _ in range(2)]
    assert graph_breaks(NTXentLoss(positive_in_denominator=common), *views) == 0


def test_matching_is_one_graph():
    eye = torch.eye(3).expand(2, 2, 3, 3)
    valid = torch.ones(2, 2, 32, 32, dtype=torch.bool)
    assert graph_breaks(match_regions, eye, valid, torch.arange(2), 2, 8) == 0
    boxes = torch.tensor([[[0, 0, 8, 8]]] * 2)
    assert graph_breaks(window_means, torch.randn(2, 3, 8, 8), boxes, 32) == 0


@pytest.mark.skipif(shutil.which('g++') is None, reason='the compiler needs g++')
def test_compiled_random_bits_are_the_same():
    # A counter that the compiler makes itself once overflowed its index arithmetic.
    def draw(seeds):
        return random_bits(seeds[:, None], torch.arange(100) + 3)

    seeds = torch.tensor([0, 1, 2**62, -(2**63), 0x123456789ABCDEF])
    assert torch.equal(torch.compile(draw)(seeds), draw(seeds))
