"""Jigsaw: all cells in one batch equal cell after cell."""

import torch
import torch.nn.functional as F
from mmengine.registry import MODELS
from mmengine.structures import BaseDataElement

from tests.base_models import base_model, narrow_model


def test_folded_cells_equal_cells_one_by_one():
    config = narrow_model('jigsaw_r50')
    config.neck.widths = [144, 16]
    config.head.update(in_channels=16, orders=7)
    model = MODELS.build(config).eval()
    cells = [torch.randn(3, 4, 48, 48) for _ in range(9)]
    samples = [BaseDataElement(order=torch.tensor(k)) for k in (6, 0, 3)]
    losses = model.loss(cells, samples)
    one_by_one = [model.neck(model.backbone(cell))[0] for cell in cells]
    scores = model.head.layers(torch.stack(one_by_one, 1))
    expected = F.cross_entropy(scores, torch.tensor([6, 0, 3]))
    assert torch.allclose(losses['loss_order'], expected, atol=1e-5)
    assert 0 <= losses['accuracy'] <= 1


def test_parameter_count_is_that_of_the_paper_code():
    model = MODELS.build(base_model('jigsaw_r50'))
    head = model.neck.decode_head
    parts = (model.backbone, head.image_pool, head.aspp_modules, head.bottleneck)
    parts += (model.neck.projection, model.head)
    count = sum(p.numel() for part in parts for p in part.parameters())
    # 43.34 M with 0.32 M of a head that the authors' code never uses.
    assert abs(count / 1e6 - 43.02) < 0.02
