"""Optical and SAR side by side: backbones, necks, TMCNet, MSSNet and their weights."""

import pytest
import torch
from mmengine.registry import MODELS

from glcnet_mm.models.channel_attention import ChannelAttention
from glcnet_mm.models.losses import tuple_perturbation
from glcnet_mm.models.losses.tuple_perturbation import Tuples
from glcnet_mm.models.necks.rectify_fusion import CrossAttention, Rectify
from glcnet_mm.models.weights.levels import load_level
from tests.base_models import base_model, narrow_model, same_views


def tiny(name, **backbone):
    """A narrow network of a base config, for 3 optical and 1 SAR band."""
    config = narrow_model(name)
    if 'optical' not in config.backbone:
        config.backbone.in_channels = 3
    config.backbone.update(backbone)
    if config.type == 'TMCNet':
        for part in (config.global_head, config.local_head):
            part.update(in_channels=16, embedding_channels=8)
        config.local_head.side = 16
    elif 'neck' in config:
        config.neck.update(in_channels=(8, 64), reduction=2)
    return config


def build(name, **backbone):
    return MODELS.build(tiny(name, **backbone))


def views(count=4):
    return [torch.randn(count, 4, 64, 64) for _ in range(2)]


# --- the backbone


def test_each_backbone_sees_its_own_bands_only():
    model = build('tmcnet_r50', bands=dict(optical=[3, 0, 1], sar=[2])).backbone.eval()
    image = torch.randn(2, 4, 64, 64)
    with torch.no_grad():
        optical, sar = model(image)
        alone = model.optical(image[:, [3, 0, 1]]), model.sar(image[:, [2]])
        changed = image.clone()
        changed[:, 2] += 1
        other = model(changed)
    for found, expected in zip((*optical, *sar), (*alone[0], *alone[1]), strict=True):
        assert torch.equal(found, expected)
    assert torch.equal(other[0][-1], optical[-1])
    assert not torch.equal(other[1][-1], sar[-1])


def test_a_missing_modality_is_none_and_needs_no_bands():
    model = build('mssnet_r50', present=['optical']).backbone.eval()
    whole = torch.randn(1, 4, 64, 64)
    with torch.no_grad():
        (optical, sar), (again, _) = model(whole), model(whole[:, :3])
    assert sar is None and torch.equal(optical[-1], again[-1])
    with pytest.raises(ValueError, match='The images have 1 band,'):
        model(whole[:, :1])


@pytest.mark.parametrize('narrower', [False, True])
def test_dropped_modalities_count_as_missing_and_never_both(narrower):
    """In training a sample without a modality is what an image without it will be."""
    config = tiny('mssnet_r50')
    config.neck.drop = 0.6
    if narrower:
        config.backbone.sar.base_channels = 4
        config.neck.sar_in_channels = (4, 32)
    model = MODELS.build(config).eval()
    for module in model.neck.fit.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.bias.data.fill_(1.0)
    with torch.no_grad():
        optical, sar = model.backbone(torch.randn(1, 4, 64, 64))
        cases = [(optical, sar), (None, sar), (optical, None)]
        expected = [model.neck(case)[-1][0] for case in cases]
        model.neck.training = True  # but for its batch norms
        batch = [tuple(m.repeat(300, 1, 1, 1) for m in maps) for maps in (optical, sar)]
        found = model.neck(batch)[-1]
    same = [(found - e).flatten(1).abs().amax(1) < 1e-4 for e in expected]
    shares = torch.stack(same).float().mean(1)
    assert torch.stack(same).sum(0).eq(1).all()
    assert shares.tolist() == pytest.approx([0.4, 0.3, 0.3], abs=0.1)


@pytest.mark.parametrize(
    'changes, text',
    [
        (dict(bands=dict(optical=[0, 1, 2], sar=[2])), 'each of 0 to 3 once'),
        (dict(present=['radar']), 'present names some of'),
    ],
)
def test_bands_and_modalities_that_make_no_sense_are_refused(changes, text):
    with pytest.raises(ValueError, match=text):
        build('mssnet_r50', **changes)


# --- TMCNet


def test_tmcnet_contrasts_the_tuples_of_its_two_heads():
    """The loss from the parts by hand, with all broken tuples."""
    config = tiny('tmcnet_r50')
    config.neck.decode_head.encoder_dropout = 0.0
    for head in (config.global_head, config.local_head):
        head.contrast.max_shifts = None
    model = MODELS.build(config).eval()
    inputs, meta = views(), same_views(4)
    losses = model.loss(inputs, meta)
    contexts, pixels = [], []
    for view in inputs:
        parts = [model.neck.decode_head(maps) for maps in model.backbone(view)]
        pixels.append(parts)
        contexts.append([model.neck.encode((m, m))[0] for m in model.backbone(view)])
    head = model.global_head
    tuples = [
        torch.stack([head.projection(head.pool(c)) for c in both], 1)
        for both in contexts
    ]
    expected = 0.5 * tuple_perturbation(*tuples, tuples=Tuples(max_shifts=None))
    assert torch.allclose(losses['loss_global'], expected, atol=1e-5)
    head, drawn = model.local_head, model.local_head.drawn
    tuples = [
        torch.stack([head._embed(p, boxes, 64) for p in both], 1)
        for both, boxes in zip(pixels, (drawn.boxes1, drawn.boxes2), strict=True)
    ]
    expected = 0.5 * tuple_perturbation(
        *tuples, tuples=Tuples(max_shifts=None), keep=drawn.keep.flatten()
    )
    assert torch.allclose(losses['loss_local'], expected, atol=1e-5)


@pytest.mark.parametrize('loss', ['loss_global', 'loss_local'])
@pytest.mark.parametrize('published', [False, True])
def test_gradients_reach_both_streams_from_either_loss(loss, published):
    config = tiny('tmcnet_r50')
    for head in (config.global_head, config.local_head):
        head.contrast.published = published
    model = MODELS.build(config)
    model.loss(views(), same_views(4))[loss].backward()
    for stream in (model.backbone.optical, model.backbone.sar):
        assert stream.conv1.weight.grad.abs().sum() > 0
        assert stream.layer4[1].conv2.weight.grad.abs().sum() > 0
    decoder = model.neck.decode_head.decoder[0].conv.weight.grad
    assert (decoder is not None) == (loss == 'loss_local')


def test_every_parameter_learns():
    """What has no gradient would stop a distributed run."""
    for model in (build('tmcnet_r50'), with_own_head()):
        losses = model.loss(views(), same_views(4))
        (losses['loss_global'] + losses['loss_local']).backward()
        assert [n for n, p in model.named_parameters() if p.grad is None] == []


def with_own_head():
    """TMCNet whose SAR stream is narrower and has a decode head of its own."""
    config = tiny('tmcnet_r50')
    config.backbone.sar.base_channels = 4
    head = dict(config.neck.decode_head, in_channels=32, c1_in_channels=4)
    config.neck.sar_decode_head = head
    return MODELS.build(config)


def test_what_tmcnet_cannot_use_is_refused():
    config = tiny('tmcnet_r50')
    config.local_head.contrast = dict(type='NTXentLoss')
    with pytest.raises(ValueError, match='LocalMatchingHead.* TuplePerturbationLoss'):
        MODELS.build(config)
    with pytest.raises(ValueError, match='both modalities'):
        build('tmcnet_r50', present=['sar'])


# --- MSSNet


def linear(layer, x):
    return x @ layer.weight.flatten(1).mT + layer.bias


def test_rectification_follows_its_formula_pixel_by_pixel():
    module = Rectify(3, 2)
    one, two = torch.randn(2, 1, 3, 4, 5)
    found = module(one, two)
    both = torch.cat([one, two], 1)[0].flatten(1)
    first, _, second, _ = module.channel_gates
    pooled = torch.cat([both.mean(1), both.amax(1)])
    gates = linear(second, linear(first, pooled).relu()).sigmoid()
    for row in range(4):
        for column in range(5):
            x1, x2 = one[0, :, row, column], two[0, :, row, column]
            y1, y2 = x1 + 0.5 * gates[3:] * x2, x2 + 0.5 * gates[:3] * x1
            first, _, second, _ = module.spatial_gates
            hidden = linear(first, torch.cat([y1, y2])).relu()
            places = linear(second, hidden).sigmoid()
            expected = y1 + 0.5 * places[1] * x2, y2 + 0.5 * places[0] * x1
            for ours, theirs in zip(found, expected, strict=True):
                assert torch.allclose(ours[0, :, row, column], theirs, atol=1e-6)


def test_cross_attention_follows_its_formula_token_by_token():
    module = CrossAttention(4, 2).double()
    maps = torch.randn(2, 1, 4, 3, 2, dtype=torch.float64)
    found = module(*maps)
    tokens = [m[0].flatten(1).T for m in maps]
    kept, looked, contexts = [], [], []
    for number, x in enumerate(tokens):
        y, u = linear(module.tokens[number], x).relu().chunk(2, 1)
        kept.append(y)
        looked.append(u)
        k, v = (u @ module.keys[number].weight.T).chunk(2, 1)
        table = torch.zeros(2, 2, dtype=torch.float64)
        for token in range(6):
            table += torch.outer(k[token], v[token]) / 2**0.5
        contexts.append(table.exp() / table.exp().sum(0))
    parts = []
    for number, x in enumerate(tokens):
        seen = looked[number] @ contexts[1 - number]
        out = linear(module.out[number], torch.cat([kept[number], seen], 1))
        y = x + out
        y = (y - y.mean(1, keepdim=True)) / (
            y.var(1, False, keepdim=True) + 1e-5
        ).sqrt()
        parts.append(y)
    expected = linear(module.join, torch.cat(parts, 1)).T.reshape(4, 3, 2)
    assert torch.allclose(found[0], expected)


def test_channel_attention_weighs_by_place_and_by_map():
    module = ChannelAttention(8, 4, dict(type='BN')).eval()
    x = torch.randn(2, 8, 5, 5)
    weights = (module.place(x) + module.whole(x)).sigmoid()
    assert module.whole(x).shape == (2, 8, 1, 1)
    assert torch.equal(module(x), x * weights)


def test_attention_keeps_its_precision_under_autocast():
    module = CrossAttention(8, 1)
    maps = 40 * torch.randn(2, 1, 8, 32, 32)
    with torch.no_grad():
        expected = module(*maps)
        with torch.autocast('cpu', dtype=torch.bfloat16):
            found = module(*maps)
    assert torch.allclose(found.float(), expected, atol=0.1)


def test_mssnet_is_slim_and_has_no_dead_part():
    model = MODELS.build(base_model('mssnet_r50'))
    assert 70e6 < sum(p.numel() for p in model.parameters()) < 100e6
    model = build('mssnet_r50')
    fused = model.extract_feat(torch.randn(2, 4, 64, 64))
    assert [m.shape for m in fused] == [(2, 8, 16, 16), (2, 64, 4, 4)]
    model.decode_head(fused).sum().backward()
    assert [n for n, p in model.named_parameters() if p.grad is None] == []


def test_other_sar_backbones_are_fitted():
    config = tiny('mssnet_r50')
    config.backbone.sar.update(base_channels=4, strides=(1, 2, 2, 2))
    config.neck.sar_in_channels = (4, 32)
    fused = MODELS.build(config).extract_feat(torch.randn(2, 4, 64, 64))
    assert [m.shape for m in fused] == [(2, 8, 16, 16), (2, 64, 4, 4)]


@pytest.mark.parametrize('present, bands', [('optical', 3), ('sar', 1)])
def test_one_modality_gives_a_map_and_follows_the_other_no_more(present, bands):
    whole = build('mssnet_r50').eval()
    part = build('mssnet_r50', present=[present]).eval()
    part.load_state_dict(whole.state_dict())
    image = torch.randn(1, 4, 64, 64)
    own = image[:, :3] if present == 'optical' else image[:, 3:]
    assert own.shape[1] == bands
    with torch.no_grad():
        scores = part.encode_decode(own, [dict(img_shape=(64, 64))])
        assert torch.isfinite(scores).all() and scores.shape == (1, 6, 64, 64)
        lost = whole.backbone(image)
        lost = [m if n == present else [0 * x for x in m]
                for n, m in zip(('optical', 'sar'), lost, strict=True)]  # fmt: skip
        expected = whole.decode_head(whole.neck(lost))
    assert torch.allclose(part.decode_head(part.extract_feat(own)), expected)


# --- weights


def save(model, path, value=0.5):
    weights = {
        k: torch.full_like(v, value) if v.is_floating_point() else v
        for k, v in model.state_dict().items()
    }
    torch.save(dict(state_dict=weights), path)
    return str(path)


def filled(module, value):
    return all((p == value).all() for p in module.parameters())


def test_one_checkpoint_feeds_both_streams_and_the_decoder(tmp_path):
    path = save(build('tmcnet_r50'), tmp_path / 'tmcnet.pth')
    model = build('mssnet_r50')
    report = load_level(model, path, 'decoder123')
    assert report.missing == report.mismatched == []
    head = model.decode_head
    assert filled(model.backbone, 0.5) and filled(head.aspp_modules, 0.5)
    assert filled(head.decoder, 0.5) and filled(head.c1_bottleneck, 0.5)
    assert not filled(model.neck, 0.5) and not filled(head.conv_seg, 0.5)


@pytest.mark.parametrize('stream', ['optical', 'sar'])
@pytest.mark.parametrize('own_head', [False, True])
def test_a_plain_network_starts_from_either_stream(stream, own_head, tmp_path):
    pretrained = with_own_head() if own_head else build('tmcnet_r50')
    for value, part in enumerate(('optical', 'sar')):
        for p in getattr(pretrained.backbone, part).parameters():
            p.data.fill_(value + 1)
    for p in pretrained.neck.decode_head.parameters():
        p.data.fill_(3)
    if own_head:
        for p in pretrained.neck.sar.parameters():
            p.data.fill_(4)
    torch.save(dict(state_dict=pretrained.state_dict()), tmp_path / 'tmcnet.pth')
    config = tiny('deeplabv3plus_r50')
    config.backbone.in_channels = 3 if stream == 'optical' else 1
    if own_head and stream == 'sar':
        config.backbone.base_channels = 4
        config.decode_head.update(in_channels=32, c1_in_channels=4)
    model = MODELS.build(config)
    path = str(tmp_path / 'tmcnet.pth')
    report = load_level(model, path, 'encoder', stream=stream)
    assert report.missing == report.mismatched == []
    assert filled(model.backbone, 1 if stream == 'optical' else 2)
    head = 4 if own_head and stream == 'sar' else 3
    assert filled(model.decode_head.aspp_modules, head)


def test_a_plain_checkpoint_feeds_a_stream_and_its_stem_is_fitted(tmp_path):
    config = tiny('deeplabv3plus_r50')
    path = save(MODELS.build(config), tmp_path / 'plain.pth')
    model = build('mssnet_r50')
    before = model.backbone.optical.conv1.weight.clone()
    with pytest.raises(ValueError, match=r'3 bands .* 1 \(backbone.sar.conv1.weight\)'):
        load_level(model, path, 'backbone', stream='sar')
    load_level(model, path, 'backbone', inflate=True, stream='sar')
    assert torch.allclose(model.backbone.sar.conv1.weight, torch.tensor(1.5))
    assert filled(model.backbone.sar.layer1, 0.5)
    assert torch.equal(model.backbone.optical.conv1.weight, before)


def test_streams_that_do_not_exist_are_told(tmp_path):
    plain = save(MODELS.build(tiny('deeplabv3plus_r50')), tmp_path / 'plain.pth')
    both = save(build('tmcnet_r50'), tmp_path / 'both.pth')
    with pytest.raises(ValueError, match='both have one backbone'):
        load_level(MODELS.build(tiny('deeplabv3plus_r50')), plain, stream='sar')
    with pytest.raises(ValueError, match='both have two streams'):
        load_level(build('mssnet_r50'), both, stream='sar')
    with pytest.raises(ValueError, match='stream is one of'):
        load_level(build('mssnet_r50'), both, stream='radar')
    # A decode head that fits must not hide that the backbone does not.
    with pytest.raises(ValueError, match='one stream, the model two; .* stream='):
        load_level(build('mssnet_r50'), plain, 'encoder')
    with pytest.raises(ValueError, match='two streams, the model one; .* stream='):
        load_level(MODELS.build(tiny('deeplabv3plus_r50')), both, 'encoder')
