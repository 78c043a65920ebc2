"""How inputs lie in memory."""

import pytest
import torch

from glcnet_mm.models.preprocessor import MultiBandPreprocessor


@pytest.mark.parametrize('capability', ['AVX2', 'AVX512', 'DEFAULT'])
def test_bands_lie_together_but_where_that_ends_the_process(monkeypatch, capability):
    module = 'glcnet_mm.models.preprocessor.get_cpu_capability'
    monkeypatch.setattr(module, lambda: capability)
    preprocessor = MultiBandPreprocessor(0.0, 1.0)
    scaled = preprocessor.normalise(torch.rand(2, 3, 4, 5))
    together = scaled.is_contiguous(memory_format=torch.channels_last)
    assert together == (capability != 'AVX2')
    apart = MultiBandPreprocessor(0.0, 1.0, channels_last=False)
    assert apart.normalise(torch.rand(2, 3, 4, 5)).is_contiguous()
