"""The algorithm: published sizes, ablations by absent parts, one step that learns."""

from copy import deepcopy

import pytest
import torch
from mmengine.registry import MODELS
from mmengine.structures import BaseDataElement

from tests.base_models import base_model, narrow_model, same_views


def tiny_config(**changes):
    config = narrow_model('glcnet_r50')
    for head in (config.global_head, config.local_head):
        head.update(in_channels=16, embedding_channels=8)
    config.local_head.side = 16
    config.update(changes)
    return config


def millions(*modules):
    return sum(p.numel() for m in modules for p in m.parameters()) / 1e6


def test_parameter_counts_are_those_of_the_paper_code():
    model = MODELS.build(base_model('glcnet_r50'))
    head, local = model.neck.decode_head, model.local_head
    aspp = (head.image_pool, head.aspp_modules, head.bottleneck)
    assert millions(model.backbone) == pytest.approx(23.51, abs=0.005)
    assert millions(*aspp) == pytest.approx(15.54, abs=0.005)
    decoder = (head.c1_bottleneck, head.decoder, local.reduction)
    assert millions(*decoder) == pytest.approx(1.32, abs=0.005)
    assert millions(model.global_head) == pytest.approx(0.148, abs=0.0005)
    assert millions(local.projection) == pytest.approx(0.008, abs=0.0005)
    assert millions(model) == pytest.approx(40.52, abs=0.005)


def test_maps_have_the_paper_shapes():
    model = MODELS.build(base_model('glcnet_r50')).eval()
    with torch.no_grad():
        low, high = model.backbone(torch.randn(1, 4, 224, 224))
        context, pixels = model.neck((low, high))
    assert low.shape == (1, 256, 56, 56) and high.shape == (1, 2048, 14, 14)
    assert context.shape == (1, 256, 14, 14) and pixels.shape == (1, 256, 56, 56)
    layer4 = model.backbone.layer4
    assert [block.conv2.dilation for block in layer4] == [(2, 2)] * 3


def test_neck_and_segmentor_share_their_parameter_names():
    model = MODELS.build(base_model('glcnet_r50'))
    segmentor = MODELS.build(base_model('deeplabv3plus_r50'))
    head = {k for k in segmentor.decode_head.state_dict() if 'conv_seg' not in k}
    assert set(model.neck.decode_head.state_dict()) == head
    assert set(model.backbone.state_dict()) == set(segmentor.backbone.state_dict())


@pytest.mark.parametrize(
    'changes, expected',
    [
        ({}, {'loss_global', 'loss_local'}),
        (dict(local_head=None), {'loss_global'}),
        (dict(global_head=None), {'loss_local'}),
    ],
)
def test_ablations_are_absent_parts(changes, expected):
    model = MODELS.build(tiny_config(**changes))
    losses = model.loss([torch.randn(2, 4, 64, 64)] * 2, same_views(2))
    assert {key for key in losses if 'loss' in key} == expected


def test_encoding_alone_gives_the_same_map_and_runs_no_decoder():
    model = MODELS.build(tiny_config()).eval()
    features = model.backbone(torch.randn(2, 4, 64, 64))
    context, _ = model.neck(features)
    ran = []
    model.neck.decode_head.decoder.register_forward_hook(lambda *_: ran.append(1))
    assert torch.equal(model.neck.encode(features), context) and not ran
    bottleneck = model.neck.decode_head.bottleneck
    assert len(bottleneck._forward_hooks) == 1 and bottleneck.first_output is None
    model.neck.context = None
    assert model.neck.encode(features) is features[-1]


def test_a_copy_of_the_neck_gives_its_own_encoder_map():
    neck = MODELS.build(tiny_config()).neck.eval()
    features = [torch.randn(2, 8, 16, 16), torch.randn(2, 64, 4, 4)]
    context, _ = neck(features)
    other = deepcopy(neck)
    other.decode_head.bottleneck.bn.bias.data.add_(1)
    assert not torch.equal(other(features)[0], context)
    assert torch.equal(neck(features)[0], context)


@pytest.mark.parametrize('align_corners', [True, False])
def test_regions_are_averaged_as_the_neck_upsamples(align_corners):
    config = tiny_config()
    config.neck.decode_head.align_corners = align_corners
    assert MODELS.build(config).local_head.align_corners == align_corners


def test_global_weight_divides_the_loss():
    views = [torch.randn(3, 4, 64, 64), torch.randn(3, 4, 64, 64)]
    parts = {}
    for weight in (0.25, 1.0):
        torch.manual_seed(0)
        model = MODELS.build(tiny_config(global_weight=weight))
        torch.manual_seed(1)
        parts[weight] = model.loss(views, same_views(3))
    assert torch.allclose(parts[0.25]['loss_global'], 0.25 * parts[1.0]['loss_global'])
    assert parts[1.0]['loss_local'] == 0


def test_no_head_and_bad_weight_are_refused():
    with pytest.raises(ValueError, match='a global head, a local head or both'):
        MODELS.build(tiny_config(global_head=None, local_head=None))
    with pytest.raises(ValueError, match=r'lie in \[0, 1\], got 2'):
        MODELS.build(tiny_config(global_weight=2))


def test_unknown_context_names_the_head():
    config = tiny_config()
    config.neck.context = 'nowhere'
    with pytest.raises(ValueError, match='DeepLabV3PlusHead has no sub-module'):
        MODELS.build(config)


def test_a_few_steps_lower_the_loss():
    torch.manual_seed(0)
    model = MODELS.build(tiny_config())
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    images = torch.randn(6, 4, 64, 64)
    views = [images, images + 0.3 * torch.randn_like(images)]
    history = []
    for _ in range(12):
        total, _ = model.parse_losses(model.loss(views, same_views(6)))
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        history.append(total.item())
    assert history[-1] < history[0] - 0.3


def test_bands_and_statistics_must_agree():
    processor = MODELS.build(
        dict(type='MultiBandPreprocessor', mean=[1.0, 2.0], std=[1.0, 1.0])
    )
    with pytest.raises(ValueError, match='4 bands .* 2 values of mean'):
        processor(dict(inputs=torch.zeros(1, 4, 8, 8)))


@pytest.mark.parametrize('dtype', [torch.uint8, torch.int16, torch.int32])
def test_normalisation_map_and_invalid_pixels(dtype):
    config = base_model('glcnet_r50').data_preprocessor
    processor = MODELS.build(config)
    values = torch.tensor([0, 51, 127, 128], dtype=dtype).reshape(1, 1, 2, 2)
    valid = torch.tensor([[True, True], [True, False]])
    sample = BaseDataElement(valid=valid.expand(2, 2, 2))
    out = processor(dict(inputs=[values, values], data_samples=[sample]))['inputs']
    expected = values.float() / 255 * 3.2 - 1.6
    expected[..., 1, 1] = 0
    assert torch.allclose(out[0], expected, atol=1e-6)


@pytest.mark.skipif(torch.__version__ < '2.2', reason='not one graph in torch 2.1')
def test_the_compiler_takes_the_whole_loss_as_one_graph():
    model = MODELS.build(tiny_config()).eval()
    views, regions = [torch.randn(2, 4, 64, 64) for _ in range(2)], same_views(2)
    expected = model.loss(views, regions)
    losses = torch.compile(model.loss, backend='eager', fullgraph=True)(views, regions)
    names = 'loss_global', 'loss_local'
    for name in names:
        assert losses[name].item() == pytest.approx(expected[name].item())
    sum(losses[name] for name in names).backward()
    assert all(value.grad is not None for value in model.parameters())
