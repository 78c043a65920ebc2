"""Weights under the names of other projects."""

from types import SimpleNamespace

import pytest
import torch
import torchvision
from mmengine.registry import MODELS
from torch import nn

from glcnet_mm.engine import LoadPretrainedHook
from glcnet_mm.models.weights import levels as weights
from glcnet_mm.models.weights.key_styles import KEY_STYLES, TIMM, translate
from glcnet_mm.models.weights.levels import load_level
from tests.base_models import base_model

CHANNELS = 8


def segmentor(bands=3, **backbone):
    config = base_model('deeplabv3plus_r18')
    config.backbone.update(base_channels=64, in_channels=bands, **backbone)
    config.decode_head.update(in_channels=512, channels=CHANNELS, c1_in_channels=64)
    config.decode_head.dilations = (1, 6, 12, 18)  # of the authors' networks
    return MODELS.build(config)


@pytest.fixture
def resnet():
    """A ResNet-18 none of whose weights or statistics are those of a new one."""
    model = torchvision.models.resnet18()
    for tensor in model.state_dict().values():
        if tensor.is_floating_point():
            tensor.uniform_(0.1, 0.2)
    return model


class GrsimAspp(nn.Module):
    """G-RSIM's names and order of branches, the pooled one last."""

    def __init__(self):
        super().__init__()
        for branch, rate in enumerate((1, 6, 12, 18), 1):
            kernel = 1 if branch == 1 else 3
            conv = nn.Conv2d(
                512,
                CHANNELS,
                kernel,
                dilation=rate,
                padding=rate * (kernel // 2),
                bias=False,
            )
            layers = nn.Sequential(conv, nn.BatchNorm2d(CHANNELS), nn.ReLU())
            setattr(self, f'_atrous_convolution{branch}', layers)
        self._image_pool = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(512, CHANNELS, 1, bias=False),
            nn.BatchNorm2d(CHANNELS),
            nn.ReLU(),
        )

    def forward(self, deep):
        branches = [getattr(self, f'_atrous_convolution{i}')(deep) for i in range(1, 5)]
        pooled = self._image_pool(deep).expand(-1, -1, *deep.shape[2:])
        return torch.cat([*branches, pooled], 1)


class GrsimDecoder(nn.Module):
    """G-RSIM's names of the decoder."""

    def __init__(self, classifier):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(64, 48, 1, bias=False), nn.BatchNorm2d(48)
        self.conv2 = nn.Conv2d(CHANNELS + 48, CHANNELS, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(CHANNELS)
        self.conv3 = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(CHANNELS)
        setattr(self, classifier, nn.Conv2d(CHANNELS, 6, 1))

    def forward(self, context, low):
        low = self.bn1(self.conv1(low)).relu()
        context = nn.functional.interpolate(
            context, low.shape[2:], mode='bilinear', align_corners=True
        )
        pixels = self.bn2(self.conv2(torch.cat([context, low], 1))).relu()
        return self.bn3(self.conv3(pixels)).relu()


def grsim_network(resnet, classifier='conv41'):
    network = nn.Module()
    network.backbone = nn.Module()
    for name, child in resnet.named_children():
        if name != 'fc':
            setattr(network.backbone, name, child)
    network.encoder = nn.Module()
    network.encoder.ASPP = GrsimAspp()
    network.encoder.conv1 = nn.Conv2d(5 * CHANNELS, CHANNELS, 1, bias=False)
    network.encoder.bn1 = nn.BatchNorm2d(CHANNELS)
    network.decoder = GrsimDecoder(classifier)
    network.proj = nn.Sequential(nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 4))
    return network


def prefixed(state, *prefixes):
    return {f'{p}{k}': v * (i == 0) for i, p in enumerate(prefixes)
            for k, v in state.items()}  # fmt: skip


def without_fc(resnet):
    return {k: v for k, v in resnet.state_dict().items() if not k.startswith('fc')}


def numbered(resnet):
    return nn.Sequential(*list(resnet.children())[:-1]).state_dict()


# Every form of a file, by the style that it is recognised as. Where a file holds
# several networks the later ones are zeros.
FILES = {
    'mm': ('mm', lambda r: prefixed(without_fc(r), 'backbone.')),
    'mm_ddp': ('mm', lambda r: prefixed(without_fc(r), 'module.backbone.')),
    'torchvision': ('torchvision', lambda r: r.state_dict()),
    'torchvision_dp': ('torchvision', lambda r: prefixed(r.state_dict(), 'module.')),
    'grsim': ('grsim', lambda r: grsim_network(r).state_dict()),
    'grsim_moco': (
        'grsim',
        lambda r: prefixed(grsim_network(r).state_dict(), 'encoder_q.', 'encoder_k.'),
    ),
    'torchgeo_byol': (
        'torchgeo',
        lambda r: prefixed(r.state_dict(), 'model.backbone.model.'),
    ),
    'torchgeo_task': ('torchgeo', lambda r: prefixed(r.state_dict(), 'model.')),
    'torchgeo_smp': ('torchgeo', lambda r: prefixed(r.state_dict(), 'model.encoder.')),
    'encoder': ('torchgeo', lambda r: prefixed(r.state_dict(), 'encoder.')),
    'lightly': (
        'lightly',
        lambda r: prefixed(numbered(r), 'backbone.', 'backbone_momentum.'),
    ),
    'lightly_dino': (
        'lightly',
        lambda r: prefixed(numbered(r), 'student_backbone.', 'teacher_backbone.'),
    ),
    'moco': (
        'moco',
        lambda r: {
            **prefixed(r.state_dict(), 'module.encoder_q.', 'module.encoder_k.'),
            'module.queue': torch.zeros(4, 8),
        },
    ),
    'moco_v3': (
        'moco',
        lambda r: prefixed(
            r.state_dict(), 'module.base_encoder.', 'module.momentum_encoder.'
        ),
    ),
}  # fmt: skip


@pytest.fixture
def write(resnet, tmp_path):
    """Writes a form of file, returns its path."""

    def write_form(form):
        path = tmp_path / f'{form}_weights.pth'
        torch.save(dict(epoch=3, state_dict=FILES[form][1](resnet)), path)
        return str(path)

    return write_form


@pytest.mark.parametrize('auto', [True, False], ids=['auto', 'named'])
@pytest.mark.parametrize('form', FILES)
def test_every_style_fills_the_whole_backbone(form, auto, write, resnet):
    style = FILES[form][0]
    model = segmentor()
    report = load_level(model, write(form), 'backbone', style='auto' if auto else style)
    assert report.style == style
    assert not report.missing and not report.mismatched
    own = model.backbone.state_dict()
    for name, value in without_fc(resnet).items():
        assert torch.equal(own[name], value), name


def test_styles_that_share_names_may_be_named(write):
    model = segmentor()
    forms = dict(torchgeo='torchvision', lightly='mm', grsim='mm')
    for style, form in forms.items():
        report = load_level(model, write(form), 'backbone', style=style)
        assert report.style == style and not report.missing


@pytest.mark.parametrize(
    'form, wrong',
    [
        ('torchvision', 'mm'),
        ('mm', 'torchvision'),
        ('lightly', 'mm'),
        ('moco', 'torchvision'),
        ('torchvision', 'moco'),
        ('grsim', 'mm'),
        ('grsim', 'torchgeo'),
        ('torchgeo_task', 'grsim'),
    ],
)
def test_a_wrong_style_is_refused_with_the_right_one(form, wrong, write):
    pattern = f'{form}_weights.pth is not of the key style "{wrong}".*'
    with pytest.raises(ValueError, match=pattern + f'give style="{FILES[form][0]}"'):
        load_level(segmentor(), write(form), 'backbone', style=wrong)


def test_an_unknown_style_lists_the_known(write):
    with pytest.raises(ValueError, match='no key style "keras".*auto, mm, torchvision'):
        load_level(segmentor(), write('torchvision'), 'backbone', style='keras')


def test_two_networks_under_one_name_are_refused():
    state = {k: torch.zeros(1) for k in ('conv1.weight', 'module.conv1.weight')}
    with pytest.raises(ValueError, match='holds backbone.conv1.weight more than once'):
        translate(state)


def test_names_that_no_style_knows_stay():
    head, bias = 'global_head.projection.0.weight', 'decode_head.bottleneck.bn.bias'
    state = {'backbone.conv1.weight': 1, f'neck.{bias}': 2, head: 3}
    style, translated, unknown = translate(state)
    assert style == 'mm' and unknown == [head]
    assert translated == {'backbone.conv1.weight': 1, bias: 2, head: 3}


def test_styles_lead_to_names_of_the_segmentor():
    own = ' '.join(segmentor().state_dict())
    for style in KEY_STYLES.values():
        for _, name in style.names:
            # Those of timm's networks: test_timm_backbones.py.
            assert name in own or name.startswith(TIMM)


def randomised(network):
    for tensor in network.state_dict().values():
        if tensor.is_floating_point():
            tensor.uniform_(0.1, 1) if tensor.dim() == 1 else tensor.normal_()
    return network.double().eval()


@pytest.mark.parametrize('classifier', ['conv41', 'conv4'])
def test_grsim_weights_compute_what_they_did_there(resnet, tmp_path, classifier):
    theirs = randomised(grsim_network(resnet, classifier))
    path = tmp_path / 'grsim.pth'
    torch.save(theirs.state_dict(), path)
    ours = segmentor().double().eval()
    report = load_level(ours, str(path), 'decoder123')
    assert report.style == 'grsim'
    assert not (report.missing or report.unexpected or report.mismatched)
    low, deep = torch.randn(2, 64, 8, 8).double(), torch.randn(2, 512, 4, 4).double()
    context = theirs.encoder.bn1(theirs.encoder.conv1(theirs.encoder.ASPP(deep))).relu()
    found = ours.decode_head._forward_feature([low, deep])
    assert torch.allclose(found, context, rtol=1e-9)
    classify = ours.decode_head.conv_seg
    expected = classify(theirs.decoder(context, low))
    assert torch.allclose(ours.decode_head([low, deep]), expected, rtol=1e-9)


def test_three_bands_become_four(write, resnet):
    path = write('torchvision')
    with pytest.raises(ValueError, match='3 bands but the model takes 4.*inflate_stem'):
        load_level(segmentor(4), path, 'backbone')
    model = segmentor(4)
    load_level(model, path, 'backbone', inflate=True)
    grey = torch.randn(1, 1, 16, 16)
    ours = model.backbone.conv1(grey.expand(-1, 4, -1, -1))
    assert torch.allclose(ours, resnet.conv1(grey.expand(-1, 3, -1, -1)), atol=1e-4)


def test_only_the_stem_is_fitted_to_the_bands(resnet, tmp_path):
    network = grsim_network(resnet)
    network.decoder.conv2 = nn.Conv2d(CHANNELS + 32, CHANNELS, 3)
    path = tmp_path / 'other_decoder.pth'
    torch.save(network.state_dict(), path)
    report = load_level(segmentor(4), str(path), 'decoder12', inflate=True)
    assert 'backbone.conv1.weight' in report.loaded
    assert [name.split()[0] for name in report.mismatched] == [
        'decode_head.decoder.0.conv.weight'
    ]


def test_the_hook_passes_its_style_and_logs_it(write, resnet, monkeypatch):
    lines = []
    logger = SimpleNamespace(info=lines.append)
    source = SimpleNamespace(get_current_instance=lambda: logger)
    monkeypatch.setattr(weights, 'MMLogger', source)
    model, path = segmentor(), write('lightly')
    runner = SimpleNamespace(iter=0, model=model)
    LoadPretrainedHook(path, 'backbone', style='lightly').before_train(runner)
    assert torch.equal(model.backbone.conv1.weight, resnet.conv1.weight)
    known = len(without_fc(resnet))
    assert f'key style lightly ({known} of {2 * known} names' in lines[0]
    assert lines[1].strip().startswith(f'loaded: {known} (backbone.conv1.weight')
    with pytest.raises(ValueError, match='not of the key style "moco"'):
        LoadPretrainedHook(path, 'backbone', style='moco').before_train(runner)
