"""NaN and infinity are found wherever a model keeps numbers."""

import pytest
import torch
from torch import nn

from glcnet_mm.engine import finite
from glcnet_mm.engine.finite import FiniteWatch


def model(persistent=True, value=1.0):
    made = nn.Linear(2, 2)
    made.register_buffer('scale', torch.tensor([value, 1.0]), persistent=persistent)
    made.register_buffer('count', torch.tensor(3))
    made.register_buffer('none', torch.zeros(0))
    return made


@pytest.mark.parametrize('persistent', [True, False])
@pytest.mark.parametrize('value', [float('nan'), float('inf'), -float('inf')])
def test_a_buffer_is_found_whether_it_is_saved_or_not(persistent, value):
    FiniteWatch().check(model(persistent), 'At the end')
    with pytest.raises(FloatingPointError, match=r'^At the end scale has values'):
        FiniteWatch().check(model(persistent, value), 'At the end')


def test_losses_of_several_values_and_how_many_are_bad():
    watch = FiniteWatch()
    watch.note(torch.tensor([1.0, float('nan')]))
    watch.note(torch.tensor(1.0))
    with pytest.raises(FloatingPointError, match=r'the loss has .* \(and 1 more\)'):
        watch.check(model(value=float('nan')), 'Now')


def test_the_state_of_another_process_counts(monkeypatch):
    asked = []

    def reduce(good, how):
        asked.append(how)
        good.zero_()

    monkeypatch.setattr(finite.dist, 'all_reduce', reduce)
    with pytest.raises(FloatingPointError, match='Now another process has values'):
        FiniteWatch().check(model(), 'Now')
    assert asked == ['min']
