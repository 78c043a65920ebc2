"""Matched regions against an index-image procedure, window means against upsampling."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from glcnet_mm.models.matching import region_matching
from glcnet_mm.models.matching.region_matching import match_regions, window_means

SIZE, SIDE, REGIONS = 224, 48, 4


def random_view(rng, mirror):
    """Crop, resize, flips and quarter turns as one matrix, by methods of its own."""
    area, aspect = rng.uniform(0.4, 1) * 256**2, rng.uniform(3 / 4, 4 / 3)
    w, h = (min(255, int(math.sqrt(area * a))) for a in (aspect, 1 / aspect))
    x0, y0 = rng.integers(0, 256 - w), rng.integers(0, 256 - h)
    sx, sy = SIZE / w, SIZE / h
    matrix = np.array(
        [[sx, 0, (0.5 - x0) * sx - 0.5], [0, sy, (0.5 - y0) * sy - 0.5], [0, 0, 1]]
    )
    last = SIZE - 1
    if mirror and rng.random() < 0.5:
        matrix = np.array([[-1, 0, last], [0, 1, 0], [0, 0, 1]]) @ matrix
    for _ in range(rng.integers(0, 4) if mirror else 0):
        matrix = np.array([[0, -1, last], [1, 0, 0], [0, 0, 1]]) @ matrix
    return matrix


def index_image(matrix):
    """Source pixel ``(S, S, 2)`` of every view pixel, nearest and exact."""
    ys, xs = np.mgrid[:SIZE, :SIZE]
    points = np.stack([xs.ravel(), ys.ravel(), np.ones(xs.size)])
    source = np.linalg.inv(matrix) @ points
    return source[:2].T.reshape(SIZE, SIZE, 2)


@pytest.fixture(scope='module')
def pairs():
    rng = np.random.default_rng(0)
    matrices = [(random_view(rng, False), random_view(rng, True)) for _ in range(200)]
    homographies = torch.tensor(np.array(matrices))
    valid = torch.ones(len(matrices), 2, SIZE, SIZE, dtype=torch.bool)
    matched = match_regions(
        homographies, valid, torch.arange(len(matrices)), REGIONS, SIDE
    )
    return matrices, matched


def test_pairs_without_invalid_pixels_need_no_sums(pairs, monkeypatch):
    """What is drawn does not depend on whether validity was summed."""
    matrices, matched = pairs
    summed, seeds = [], torch.arange(len(matrices))
    valid = torch.ones(len(matrices), 2, SIZE, SIZE, dtype=torch.bool)
    valid[3, 0, :40] = False
    share = region_matching._box_share

    def counted(mask, boxes):
        summed.append(len(mask))
        return share(mask, boxes)

    monkeypatch.setattr(region_matching, '_box_share', counted)
    homographies = torch.tensor(np.array(matrices))
    found = match_regions(homographies, valid, seeds, REGIONS, SIDE)
    assert summed == [1]
    others = seeds != 3
    for one, other in zip(found, matched, strict=True):
        assert torch.equal(one[others], other[others])
    top = found.boxes1[3][found.keep[3]]
    assert len(top) and (top[:, 3] - 40 >= SIDE / 2).all()


def centres(boxes):
    return (boxes[..., :2] + boxes[..., 2:]) // 2


def mean_source(source, box):
    """Mean source pixel of all pixels of a box: its centre, whatever the convention."""
    x1, y1, x2, y2 = box
    return source[y1:y2, x1:x2].mean((0, 1))


def test_centres_show_the_same_place(pairs):
    """The index images of both views have the same mean over a matched region."""
    matrices, matched = pairs
    for n, (first, second) in enumerate(matrices):
        source1, source2 = index_image(first), index_image(second)
        # Rounding to whole pixels of view 2: half a pixel per axis.
        limit = 0.5 * np.abs(np.linalg.inv(second)[:2, :2]).sum(1) + 1e-6
        for r in np.flatnonzero(matched.keep[n]):
            centre1 = mean_source(source1, matched.boxes1[n, r].tolist())
            centre2 = mean_source(source2, matched.boxes2[n, r].tolist())
            assert (np.abs(centre1 - centre2) <= limit).all()


@pytest.mark.parametrize('turns', range(4))
@pytest.mark.parametrize('mirror', [False, True])
def test_boxes_of_flipped_and_turned_views_mirror_exactly(mirror, turns):
    """A mask of the box, flipped and turned as an image, is the box of view 2."""
    last = SIZE - 1
    matrix = np.diag([-1.0, 1, 1]) if mirror else np.eye(3)
    matrix[0, 2] = last if mirror else 0
    for _ in range(turns):
        matrix = np.array([[0, -1, last], [1, 0, 0], [0, 0, 1.0]]) @ matrix
    homographies = torch.tensor(np.stack([np.eye(3), matrix])).repeat(8, 1, 1, 1)
    valid = torch.ones(8, 2, SIZE, SIZE, dtype=torch.bool)
    matched = match_regions(homographies, valid, torch.arange(8), REGIONS, SIDE)
    assert matched.keep.all()
    for box1, box2 in zip(
        matched.boxes1.flatten(0, 1), matched.boxes2.flatten(0, 1), strict=True
    ):
        masks = []
        for x1, y1, x2, y2 in (box1.tolist(), box2.tolist()):
            mask = np.zeros((SIZE, SIZE), bool)
            mask[y1:y2, x1:x2] = True
            masks.append(mask)
        image = masks[0][:, ::-1] if mirror else masks[0]
        assert (np.rot90(image, -turns) == masks[1]).all()


def test_nearly_every_pair_gets_all_regions(pairs):
    assert pairs[1].keep.float().mean() > 0.99


def test_margins_hold(pairs):
    for boxes in pairs[1][:2]:
        kept = boxes[pairs[1].keep]
        assert kept.min() >= 0 and kept.max() <= SIZE
        assert (kept[:, 2:] - kept[:, :2] == SIDE).all()


def test_later_centres_lie_outside_earlier_windows(pairs):
    _, matched = pairs
    for n in range(len(matched.keep)):
        for later in range(REGIONS):
            for earlier in range(later):
                if matched.keep[n, later] and matched.keep[n, earlier]:
                    x1, y1, x2, y2 = matched.boxes1[n, earlier].tolist()
                    x, y = centres(matched.boxes1[n, later]).tolist()
                    assert not (x1 <= x < x2 and y1 <= y < y2)


def test_centres_spread_evenly():
    """Without any warp every third of the room gets its share of first regions."""
    seeds = torch.arange(6000) * 7919
    identity = torch.eye(3, dtype=torch.float64).expand(len(seeds), 2, 3, 3)
    valid = torch.ones(1, 2, 64, 64, dtype=torch.bool).expand(len(seeds), -1, -1, -1)
    boxes = match_regions(identity, valid, seeds, 1, 16).boxes1[:, 0]
    for axis in (0, 1):
        counts = torch.histc(boxes[:, axis].float(), 7, 0, 48.999)
        assert (counts / 6000 - 1 / 7).abs().max() < 0.03


def test_equal_seeds_give_equal_draws_whatever_the_batch(pairs):
    matrices, matched = pairs
    again = match_regions(
        torch.tensor(np.array(matrices[5:7])),
        torch.ones(2, 2, SIZE, SIZE, dtype=torch.bool),
        torch.arange(5, 7),
        REGIONS,
        SIDE,
    )
    assert torch.equal(again.boxes1, matched.boxes1[5:7])
    assert torch.equal(again.boxes2, matched.boxes2[5:7])


def test_invalid_pixels_and_disjoint_views_give_no_region():
    homographies = torch.eye(3, dtype=torch.float64).repeat(2, 2, 1, 1)
    homographies[1, 1, 0, 2] = 1000.0  # view 2 shows another place
    valid = torch.ones(2, 2, 96, 96, dtype=torch.bool)
    valid[0, 0, :, 40:] = False
    seeds = torch.arange(2)
    matched = match_regions(homographies, valid, seeds, 3, 24, min_valid_share=1.0)
    assert not matched.keep[1].any()
    kept = matched.boxes1[0, matched.keep[0]]
    assert len(kept) > 0 and kept[:, 2].max() <= 40


def test_a_region_larger_than_the_view_is_refused():
    valid = torch.ones(1, 2, 32, 32, dtype=torch.bool)
    identity = torch.eye(3).expand(1, 2, 3, 3)
    with pytest.raises(ValueError, match='48 px do not fit into views of 32 px'):
        match_regions(identity, valid, torch.zeros(1).long(), 1, 48)


@pytest.mark.parametrize('align_corners', [True, False])
def test_window_means_equal_explicit_upsampling(align_corners):
    features = torch.randn(3, 5, 14, 14, dtype=torch.float64, requires_grad=True)
    start = torch.randint(0, 40, (3, 6, 2))
    boxes = torch.cat([start, start + torch.randint(1, 16, (3, 6, 2))], -1)
    ours = window_means(features, boxes, 56, align_corners)
    upsampled = F.interpolate(
        features, size=56, mode='bilinear', align_corners=align_corners
    )
    rows = [
        torch.stack([image[:, y1:y2, x1:x2].mean((1, 2)) for x1, y1, x2, y2 in box])
        for image, box in zip(upsampled, boxes.tolist(), strict=True)
    ]
    # The interpolation weights are formed in float32.
    assert torch.allclose(ours, torch.stack(rows), atol=1e-6)
    weights = torch.randn_like(ours)
    grads = [
        torch.autograd.grad((means * weights).sum(), features)[0]
        for means in (window_means(features, boxes, 56, align_corners),)
    ]
    explicit = torch.autograd.grad((torch.stack(rows) * weights).sum(), features)[0]
    assert torch.allclose(grads[0], explicit, atol=1e-6)


@pytest.mark.parametrize('side', [1, 3, 0])
def test_a_region_has_a_middle_between_pixels(side):
    identity = torch.eye(3, dtype=torch.float64).expand(1, 2, 3, 3)
    valid = torch.ones(1, 2, 32, 32, dtype=torch.bool)
    with pytest.raises(ValueError, match='an even side of at least 2 px'):
        match_regions(identity, valid, torch.zeros(1).long(), 1, side)
