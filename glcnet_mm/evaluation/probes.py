"""What frozen features tell about classes: k-NN, ridge and logistic regression.

Neither draws anything, so equal features give equal scores. Features are standardised
by mean and deviation of the training ones; channels without spread are only centred.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import UserError
from .confusion_counts import count_pairs
from .scores import kappa, overall_accuracy

# Sharpness of the votes, and entries of one block of similarities.
TEMPERATURE = 0.07
BLOCK = 2**24
# Share of a standardised channel's variance that the ridge adds to every direction.
RIDGE = 1e-3
# Of the logistic regression: steps at most, and weight of the decay against the sum of
# the losses, scikit-learn's default.
STEPS = 300
DECAY = 1.0


def knn_probe(
    train_features: Tensor,
    train_labels: Tensor,
    test_features: Tensor,
    test_labels: Tensor,
    k: int,
    num_classes: int,
) -> dict[str, float]:
    """Scores the vote of the k most similar training features.

    Similarity is the cosine s; a neighbour votes with exp(s / 0.07), as Wu et al. do
    (CVPR 2018). Similarities are made block by block, on the features' device.

    Args:
        train_features: ``(N, C)``.
        train_labels: ``(N,)`` class numbers.
        test_features: ``(M, C)``.
        test_labels: ``(M,)`` class numbers.
        k: Neighbours, at most N.
        num_classes: K.

    Returns:
        ``kappa`` and ``oa`` in percent.

    Raises:
        UserError: A part is empty, or there are fewer than k training features.
    """
    _check(train_labels, test_labels)
    if not 1 <= k <= len(train_labels):
        raise UserError(
            f'{k} neighbours cannot be taken of {len(train_labels)} labelled training '
            f'pixels; lower k or read more windows.'
        )
    train, test = _standardise(train_features, test_features)
    train, test = F.normalize(train), F.normalize(test)
    votes = F.one_hot(train_labels.long(), num_classes).to(train.dtype)
    rows = max(1, BLOCK // max(len(train), k * num_classes))
    predictions = []
    for block in test.split(rows):
        similar, nearest = (block @ train.T).topk(k, dim=1)
        weights = (similar / TEMPERATURE).exp()
        # A product, since scattered sums have no fixed order on a GPU.
        ballot = weights[:, None] @ votes[nearest]
        predictions.append(ballot[:, 0].argmax(1))
    return _score(test_labels, torch.cat(predictions), num_classes)


def linear_probe(
    train_features: Tensor,
    train_labels: Tensor,
    test_features: Tensor,
    test_labels: Tensor,
    num_classes: int,
) -> dict[str, float]:
    """Scores ridge regression to one-hot classes, in closed form and float64.

    Args:
        train_features: ``(N, C)``.
        train_labels: ``(N,)`` class numbers.
        test_features: ``(M, C)``.
        test_labels: ``(M,)`` class numbers.
        num_classes: K.

    Returns:
        ``kappa`` and ``oa`` in percent.

    Raises:
        UserError: A part is empty.
    """
    _check(train_labels, test_labels)
    # On the host: one small system, and not every accelerator has float64.
    parts = (train_features, test_features)
    train, test = _standardise(*(part.to('cpu', torch.float64) for part in parts))
    wanted = F.one_hot(train_labels.cpu().long(), num_classes).double()
    shares = wanted.mean(0)
    size = train.shape[1]
    system = train.T @ train / len(train) + RIDGE * torch.eye(size, dtype=train.dtype)
    weights = torch.linalg.solve(system, train.T @ (wanted - shares) / len(train))
    prediction = (test @ weights + shares).argmax(1)
    return _score(test_labels.cpu(), prediction, num_classes)


def logistic_probe(
    train_features: Tensor,
    train_labels: Tensor,
    test_features: Tensor,
    test_labels: Tensor,
    num_classes: int,
) -> dict[str, float]:
    """Scores multinomial logistic regression, by L-BFGS in float64.

    Args:
        train_features: ``(N, C)``.
        train_labels: ``(N,)`` class numbers; others are never predicted.
        test_features: ``(M, C)``.
        test_labels: ``(M,)`` class numbers.
        num_classes: K.

    Returns:
        ``kappa`` and ``oa`` in percent.

    Raises:
        UserError: A part is empty.
    """
    _check(train_labels, test_labels)
    parts = (train_features, test_features)
    train, test = _standardise(*(part.to('cpu', torch.float64) for part in parts))
    classes, wanted = train_labels.cpu().unique(return_inverse=True)
    weights = torch.zeros(train.shape[1], len(classes), dtype=train.dtype)
    bias = torch.zeros(len(classes), dtype=train.dtype)
    optimizer = torch.optim.LBFGS(
        [weights.requires_grad_(), bias.requires_grad_()],
        max_iter=STEPS,
        tolerance_grad=1e-6,
        line_search_fn='strong_wolfe',
    )

    def closure() -> Tensor:
        optimizer.zero_grad()
        decay = DECAY / 2 * weights.square().sum() / len(train)
        loss = F.cross_entropy(train @ weights + bias, wanted) + decay
        loss.backward()
        return loss

    with torch.enable_grad():
        optimizer.step(closure)
    prediction = (test @ weights.detach() + bias.detach()).argmax(1)
    return _score(test_labels.cpu(), classes[prediction], num_classes)


def _check(train_labels: Tensor, test_labels: Tensor) -> None:
    for part, labels in (('training', train_labels), ('test', test_labels)):
        if not len(labels):
            raise UserError(
                f'The probe has no labelled {part} pixels; read more windows or more '
                f'pixels of each, or look at the labels.'
            )


def _standardise(train: Tensor, test: Tensor) -> tuple[Tensor, Tensor]:
    mean, std = train.mean(0), train.std(0, correction=0)
    # Rounding alone gives a constant channel a little spread.
    std = torch.where(std > 1e-6 * mean.abs(), std, 1.0)
    return (train - mean) / std, (test - mean) / std


def _score(truth: Tensor, prediction: Tensor, num_classes: int) -> dict[str, float]:
    counted = torch.ones_like(truth, dtype=torch.bool)
    counts = count_pairs(truth, prediction, num_classes, counted)[:-2]
    matrix = counts.reshape(num_classes, num_classes).cpu().double().numpy()
    return dict(kappa=kappa(matrix), oa=overall_accuracy(matrix))
