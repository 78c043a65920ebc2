"""Taps that never meet data, against gradients on maps of ones."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from glcnet_mm.models.dead_taps import advice, dead_taps, watch_taps


class PadsItself(nn.Conv2d):
    """TensorFlow's SAME padding in the forward pass, as timm's convolutions have it."""

    def forward(self, x):
        height = -(-x.shape[-1] // self.stride[0])
        reach = (self.kernel_size[0] - 1) * self.dilation[0] + 1
        total = max((height - 1) * self.stride[0] + reach - x.shape[-1], 0)
        before, after = total // 2, total - total // 2
        padded = F.pad(x, (before, after, before, after))
        return self._conv_forward(padded, self.weight, self.bias)


CASES = [
    # kernel, stride, rate, padding, side
    (3, 1, 18, 18, 14),
    (3, 1, 13, 13, 14),
    (3, 1, 14, 14, 14),
    (3, 2, 2, 2, 3),
    (3, 2, 1, 1, 1),
    (3, 1, 2, 2, 2),
    (3, 1, 1, 1, 6),
    (7, 2, 1, 3, 2),
    (5, 1, 3, 'same', 7),
    (3, 1, 4, 'same', 4),
    (3, 1, 1, 0, 5),
    (1, 1, 1, 0, 1),
]


def taps_without_gradient(convolution, side):
    """A map of ones gives every tap as much gradient as it has positions with data."""
    convolution(torch.ones(1, 1, side, side)).sum().backward()
    return int((convolution.weight.grad == 0).sum())


@pytest.mark.parametrize('kernel, stride, rate, padding, side', CASES)
def test_dead_taps_are_those_without_gradient(kernel, stride, rate, padding, side):
    net = nn.Sequential(
        nn.Conv2d(1, 1, kernel, stride, padding, dilation=rate, bias=False)
    )
    with watch_taps(net) as records:
        dead = taps_without_gradient(net[0], side)
    assert sum(one.dead for one in dead_taps(records)) == dead


@pytest.mark.parametrize('stride', [1, 2])
@pytest.mark.parametrize('side', range(1, 9))
def test_layers_that_pad_themselves(stride, side):
    for kernel, rate in ((3, 1), (3, 4), (5, 2)):
        net = nn.Sequential(PadsItself(1, 1, kernel, stride, dilation=rate, bias=False))
        with watch_taps(net) as records:
            dead = taps_without_gradient(net[0], side)
        assert sum(one.dead for one in dead_taps(records)) == dead


def test_other_padding_than_zeros_is_data():
    net = nn.Sequential(nn.Conv2d(1, 1, 3, padding=1, padding_mode='replicate'))
    with watch_taps(net) as records:
        net(torch.ones(1, 1, 1, 1))
    assert dead_taps(records) == []


def test_a_tap_lives_when_any_map_of_the_step_reaches_it():
    net = nn.Sequential(nn.Conv2d(1, 1, 3, padding=5, dilation=5))
    with watch_taps(net) as records:
        net(torch.ones(1, 1, 4, 4))
        assert [one.dead for one in dead_taps(records)] == [8]
        net(torch.ones(1, 1, 4, 9))
        net(torch.ones(1, 1, 4, 4))
    (found,) = dead_taps(records)
    assert found.dead == 6 and found.size == (4, 9)


def test_the_sentence_names_layer_rate_map_and_remedy():
    net = nn.Sequential(nn.Conv2d(1, 1, 3, padding=18, dilation=18))
    with watch_taps(net) as records:
        net(torch.ones(1, 1, 14, 14))
    text = advice(dead_taps(records))
    assert '0 (3x3, rate 18) on a map of 14 x 14 cells: 8 of 9 taps' in text
    assert 'Choose rates below' in text and 'larger windows' in text
