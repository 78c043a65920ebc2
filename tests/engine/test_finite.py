"""NaN and infinity are found wherever a model keeps numbers."""

import pytest
import torch
from torch import nn

from glcnet_mm.engine.finite import FiniteWatch
from tests.processes import another_has_nan


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
    asked = another_has_nan(monkeypatch)
    with pytest.raises(FloatingPointError, match='Now x has values .* in process 1: '):
        FiniteWatch().check(model(), 'Now')
    assert asked == ['min']


def test_all_processes_say_the_same(monkeypatch):
    """The first that has any is named, and what it has."""
    another_has_nan(monkeypatch)
    with pytest.raises(FloatingPointError, match='Now scale has values .* process 0: '):
        FiniteWatch().check(model(value=float('nan')), 'Now')
