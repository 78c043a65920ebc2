"""Reading checkpoints, loading levels and stems."""

import pickle
from pathlib import Path

import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.registry import MODELS

from glcnet_mm.models.weights.checkpoints import read_checkpoint
from glcnet_mm.models.weights.levels import load_level
from glcnet_mm.models.weights.stem import inflate_stem
from tests.base_models import narrow_model


def segmentor():
    torch.manual_seed(1)
    return MODELS.build(narrow_model('deeplabv3plus_r50'))


def algorithm():
    config = narrow_model('glcnet_r50')
    for head in (config.global_head, config.local_head):
        head.in_channels = 16
    return MODELS.build(config)


@pytest.fixture
def pretrained(tmp_path):
    """A GLCNet checkpoint whose weights are all 0.5, in mmengine's form."""
    weights = {
        k: torch.full_like(v, 0.5) if v.is_floating_point() else v
        for k, v in algorithm().state_dict().items()
    }
    history = HistoryBuffer([1.0, 2.0], [1, 1])
    content = dict(state_dict=weights, message_hub=dict(log_scalars=dict(a=history)))
    path = tmp_path / 'glcnet.pth'
    torch.save(content, path)
    return str(path)


def loaded_parts(model):
    """First two parts of the names whose weights all came from the checkpoint."""
    return {
        '.'.join(name.split('.')[: 3 if '.decoder.' in name else 2])
        for name, p in model.named_parameters()
        if (p == 0.5).all()
    }


ENCODER = {f'decode_head.{n}' for n in ('image_pool', 'aspp_modules', 'bottleneck')}
TWO = {'decode_head.c1_bottleneck', 'decode_head.decoder.0'}


@pytest.mark.parametrize(
    'level, expected',
    [
        ('backbone', set()),
        ('encoder', ENCODER),
        ('decoder12', ENCODER | TWO),
        ('decoder123', ENCODER | TWO | {'decode_head.decoder.1'}),
        ('decoder', ENCODER | TWO | {'decode_head.decoder.1'}),
        (['decode_head.bottleneck'], {'decode_head.bottleneck'}),
    ],
)
def test_levels_load_exactly_their_parts(pretrained, level, expected):
    model = segmentor()
    report = load_level(model, pretrained, level)
    parts = loaded_parts(model)
    assert {p for p in parts if p.startswith('decode_head')} == expected
    assert any(p.startswith('backbone') for p in parts) == isinstance(level, str)
    assert not report.missing and not report.mismatched
    buffers = dict(model.named_buffers())
    if isinstance(level, str):
        assert (buffers['backbone.bn1.running_mean'] == 0.5).all()


def test_loading_into_the_algorithm_itself(pretrained):
    model = algorithm()
    load_level(model, pretrained, 'encoder')
    assert (model.neck.decode_head.bottleneck.conv.weight == 0.5).all()


def test_report_names_what_did_not_fit(pretrained):
    model = segmentor()
    model.decode_head.bottleneck.conv = torch.nn.Conv2d(80, 7, 1)
    del model.decode_head.image_pool
    report = load_level(model, pretrained, 'encoder')
    assert any('bottleneck.conv.weight' in name for name in report.mismatched)
    assert any('image_pool' in name for name in report.unexpected)
    assert 'decode_head.bottleneck.conv.bias' in report.missing
    assert [line.split(':')[0] for line in report.lines()] == [
        'loaded',
        'missing',
        'unexpected',
        'mismatched',
    ]


def test_nothing_matching_is_refused(tmp_path):
    path = tmp_path / 'other.pth'
    torch.save(dict(state_dict={'transformer.weight': torch.zeros(3)}), path)
    with pytest.raises(ValueError, match='Nothing in .*other.pth matches'):
        load_level(segmentor(), str(path))


def test_unknown_level_lists_the_known():
    with pytest.raises(ValueError, match='no loading level "all".*backbone, encoder'):
        load_level(segmentor(), 'x.pth', 'all')


@pytest.mark.parametrize('bands', [1, 2, 3, 4, 13])
def test_stem_keeps_its_response_to_a_grey_image(bands):
    weight = torch.randn(8, 3, 7, 7)
    grey = torch.randn(2, 1, 16, 16)
    before = torch.conv2d(grey.expand(-1, 3, -1, -1), weight)
    after = torch.conv2d(grey.expand(-1, bands, -1, -1), inflate_stem(weight, bands))
    assert torch.allclose(before, after, atol=1e-4)


def test_stem_puts_the_old_bands_where_they_belong():
    weight = torch.randn(8, 3, 3, 3)
    wider = inflate_stem(weight, 5)
    assert torch.allclose(wider[:, :3], weight * 3 / 5, atol=1e-6)
    mean = weight.mean(1) * 3 / 5
    assert torch.allclose(wider[:, 3], mean, atol=1e-6)


def test_bad_checkpoints_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match='gone.pth does not exist'):
        read_checkpoint(tmp_path / 'gone.pth')
    text = tmp_path / 'text.pth'
    text.write_text('no checkpoint')
    with pytest.raises(ValueError, match='text.pth cannot be read safely'):
        read_checkpoint(text)
    empty = tmp_path / 'empty.pth'
    torch.save(dict(note='nothing'), empty)
    with pytest.raises(ValueError, match='holds no weights'):
        read_checkpoint(empty)


@pytest.mark.parametrize('meta', [None, 'note'])
def test_a_checkpoint_without_usable_notes(tmp_path, meta):
    path = tmp_path / 'other.pth'
    torch.save(dict(model={'a.weight': torch.ones(2), 'step': 3}, meta=meta), path)
    read = read_checkpoint(path)
    assert list(read.weights) == ['a.weight'] and read.meta == {}


class Harmful:
    def __reduce__(self):
        return (Path.touch, (Path('was_run'),))


def test_code_in_a_checkpoint_is_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / 'harmful.pth'
    torch.save(dict(state_dict={}, extra=Harmful()), path)
    with pytest.raises(ValueError, match='cannot be read safely'):
        read_checkpoint(path)
    path.write_bytes(pickle.dumps(Harmful()))
    with pytest.raises(ValueError):
        read_checkpoint(path)
    assert not (tmp_path / 'was_run').exists()


@pytest.mark.parametrize('value', [float('nan'), float('inf')])
def test_weights_that_are_not_finite_are_refused(tmp_path, value):
    path = tmp_path / 'a.pth'
    weights = dict(a=torch.ones(2), b=torch.tensor([1.0, value]), c=torch.tensor(3))
    torch.save(dict(state_dict=weights), path)
    with pytest.raises(ValueError, match=r'a.pth holds values that .* the first in b:'):
        read_checkpoint(path)
