"""Inpainting: what is hidden stays hidden, and the error counts where it should."""

import numpy as np
import pytest
import torch
from mmengine.registry import MODELS
from mmengine.structures import BaseDataElement

from glcnet_mm.datasets.transforms import MakeHoles
from tests.base_models import narrow_model


@pytest.fixture
def model():
    config = narrow_model('inpainting_r50')
    config.neck.decode_head.encoder_dropout = 0.0
    config.head.update(in_channels=16, skip_channels=(32, 16), channels=16)
    return MODELS.build(config)


def samples(holes, valid):
    return [
        BaseDataElement(holes=h, valid=v[None])
        for h, v in zip(holes, valid, strict=True)
    ]


def test_loss_is_the_mean_error_of_hidden_and_of_kept_valid_pixels(model):
    image = torch.randn(2, 4, 64, 64)
    holes, valid = torch.rand(2, 64, 64) < 0.3, torch.rand(2, 64, 64) < 0.9
    losses = model.loss([image], samples(holes, valid))
    with torch.no_grad():
        hidden = image.clone()
        hidden.permute(0, 2, 3, 1)[holes] = 0
        features = model.backbone(hidden)
        painted = model.head(model.neck.encode(features), features, (64, 64))
    error = (painted - image).double().square().mean(1)
    assert losses['loss_holes'].item() == pytest.approx(
        0.99 * error[holes & valid].mean().item(), rel=1e-4
    )
    assert losses['loss_kept'].item() == pytest.approx(
        0.01 * error[~holes & valid].mean().item(), rel=1e-4
    )


def test_hidden_pixels_do_not_reach_the_network(model):
    seen = []
    model.backbone.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    image, other = torch.randn(2, 4, 64, 64), torch.randn(2, 4, 64, 64)
    holes = torch.zeros(2, 64, 64, dtype=torch.bool)
    holes[:, 10:30, 5:25] = True
    for view in (image, torch.where(holes[:, None], other, image)):
        model.loss([view], samples(holes, torch.ones_like(holes)))
    assert torch.equal(seen[0], seen[1])
    assert (seen[0][:, :, 10:30, 5:25] == 0).all()


def test_odd_sizes_are_painted_in_full(model):
    image = torch.randn(2, 4, 72, 56)
    features = model.backbone(image)
    painted = model.head(model.neck.encode(features), features, (72, 56))
    assert painted.shape == image.shape


def test_holes_are_squares_drawn_anew_for_every_sample():
    rng = np.random.default_rng(0)
    transform = MakeHoles(count=1, side=4)
    view = dict(valid=np.ones((9, 7), bool))
    corners = set()
    for _ in range(300):
        holes = transform.transform(dict(rng=rng, views=[view]))['targets']['holes']
        ys, xs = torch.nonzero(holes, as_tuple=True)
        assert len(ys) == 16 and ys.max() - ys.min() == xs.max() - xs.min() == 3
        corners.add((int(ys.min()), int(xs.min())))
    assert len(corners) == 6 * 4
    with pytest.raises(ValueError, match='8 px do not fit into a view of 7x9'):
        MakeHoles(side=8).transform(dict(rng=rng, views=[view]))
