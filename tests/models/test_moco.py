"""MoCo v2: mmpretrain's class around this package's encoder."""

import pytest
import torch
import torch.nn.functional as F
from mmengine.registry import MODELS

from tests.base_models import narrow_model, segmentor_from


@pytest.fixture
def config():
    config = narrow_model('moco_r50')
    config.neck.decode_head.encoder_dropout = 0.0
    config.neck.widths = [16, 16, 8]
    config.update(queue_len=12, feat_dim=8)
    return config


def test_loss_is_cross_entropy_over_positive_and_queue(config):
    model = MODELS.build(config)
    views = [torch.randn(4, 4, 64, 64) for _ in range(2)]
    queue = model.queue.clone()
    loss = model.loss(views, [])['loss']
    query = F.normalize(model.neck(model.backbone(views[0]))[0])
    # At the first step the key encoder equals the query encoder.
    key = F.normalize(model.neck(model.backbone(views[1]))[0])
    logits = torch.cat([(query * key).sum(1, keepdim=True), query @ queue], 1) / 0.2
    expected = (logits.logsumexp(1) - logits[:, 0]).mean()
    assert torch.allclose(loss, expected, atol=1e-5)
    assert torch.allclose(model.queue[:, :4], key.T, atol=1e-5)
    assert torch.equal(model.queue[:, 4:], queue[:, 4:]) and model.queue_ptr == 4
    loss.backward()
    learns = {name for name, p in model.named_parameters() if p.grad is not None}
    assert 'neck.decode_head.bottleneck.conv.weight' in learns
    assert not any('decoder' in name or 'encoder_k' in name for name in learns)


def test_the_key_encoder_follows_slowly(config):
    model = MODELS.build(config)
    before = [p.detach().clone() for p in model.encoder_k.parameters()]
    with torch.no_grad():
        for p in [*model.backbone.parameters(), *model.neck.parameters()]:
            p.add_(1.0)
    views = [torch.randn(2, 4, 64, 64) for _ in range(2)]
    for _ in range(2):  # the first call copies
        model.loss(views, [])
    with torch.no_grad():
        for p in [*model.backbone.parameters(), *model.neck.parameters()]:
            p.add_(1.0)
    model.loss(views, [])
    for old, new in zip(before, model.encoder_k.parameters(), strict=True):
        assert torch.allclose(new, old + 1.001, atol=1e-4)


def test_a_segmentor_loads_its_encoder(config, tmp_path):
    model = MODELS.build(config)
    own = segmentor_from(model, tmp_path, 'encoder').decode_head.bottleneck.conv.weight
    assert torch.equal(own, model.neck.decode_head.bottleneck.conv.weight)
