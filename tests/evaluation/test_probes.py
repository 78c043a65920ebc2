"""Probes against brute force, scikit-learn and cases with a known answer."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, cohen_kappa_score
from sklearn.preprocessing import StandardScaler

from glcnet_mm.evaluation import knn_probe, linear_probe, logistic_probe, probes

K = 4


def clusters(seed, count, spread, channels=6, dtype=torch.float64):
    """Features around one centre per class; channels differ in scale and offset."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(0, 1, (K, channels))
    labels = rng.integers(0, K, count)
    features = centres[labels] + rng.normal(0, spread, (count, channels))
    features = features * 10.0 ** np.arange(-2, channels - 2) + 5
    return torch.tensor(features, dtype=dtype), torch.tensor(labels)


def probe(kind, train, test, k=7):
    if kind == 'knn':
        return knn_probe(*train, *test, k, K)
    call = linear_probe if kind == 'linear' else logistic_probe
    return call(*train, *test, K)


def assert_scores(scores, truth, prediction):
    assert scores['oa'] == pytest.approx(100 * accuracy_score(truth, prediction))
    assert scores['kappa'] == pytest.approx(100 * cohen_kappa_score(truth, prediction))


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
@pytest.mark.parametrize('kind', ['knn', 'linear', 'logistic'])
def test_separable_classes_are_told_apart(kind, dtype):
    parts = [clusters(seed, 200, 0.01, dtype=dtype) for seed in (0, 1)]
    assert probe(kind, *parts) == dict(kappa=100.0, oa=100.0)


@pytest.mark.parametrize('kind', ['knn', 'linear', 'logistic'])
def test_shuffled_labels_score_nothing(kind):
    parts = []
    for seed in (0, 1):
        features, labels = clusters(seed, 4000, 1)
        parts.append((features, labels[torch.randperm(len(labels))]))
    scores = probe(kind, *parts)
    assert abs(scores['kappa']) < 6


def test_knn_equals_brute_force(monkeypatch):
    (train, train_labels), (test, test_labels) = clusters(0, 150, 1), clusters(1, 90, 1)
    mean, std = train.numpy().mean(0), train.numpy().std(0)
    unit = [(part.numpy() - mean) / std for part in (train, test)]
    unit = [part / np.linalg.norm(part, axis=1, keepdims=True) for part in unit]
    prediction = []
    for feature in unit[1]:
        cosines = np.array([float(feature @ other) for other in unit[0]])
        votes = np.zeros(K)
        for near in np.argsort(-cosines)[:7]:
            votes[train_labels[near]] += np.exp(cosines[near] / 0.07)
        prediction.append(votes.argmax())
    assert 0.3 < accuracy_score(test_labels, prediction) < 0.95
    arguments = (train, train_labels, test, test_labels, 7, K)
    assert_scores(knn_probe(*arguments), test_labels, prediction)
    # Blocks of 4 rows give what one block gives.
    whole = knn_probe(*arguments)
    monkeypatch.setattr(probes, 'BLOCK', 4 * len(train))
    assert knn_probe(*arguments) == whole


def test_linear_probe_is_scikit_learns_ridge():
    train, test = clusters(0, 300, 1), clusters(1, 250, 1)
    scaler = StandardScaler().fit(train[0])
    ridge = Ridge(alpha=probes.RIDGE * 300)
    ridge.fit(scaler.transform(train[0]), np.eye(K)[train[1]])
    prediction = ridge.predict(scaler.transform(test[0])).argmax(1)
    assert 0.3 < accuracy_score(test[1], prediction) < 0.95
    assert_scores(linear_probe(*train, *test, K), test[1], prediction)


@pytest.mark.parametrize('kind', ['knn', 'linear', 'logistic'])
def test_scale_and_dead_channels_do_not_matter(kind):
    parts = [clusters(seed, 200, 0.8) for seed in (0, 1)]
    plain = probe(kind, *parts)
    changed = []
    for features, labels in parts:
        dead = torch.tensor([0.0, 0.1]).double().expand(len(labels), -1)
        changed.append((torch.cat([features * 3 - 7, dead], 1), labels))
    assert 10 < plain['kappa'] < 99
    assert probe(kind, *changed) == pytest.approx(plain)


@pytest.mark.parametrize('kind', ['knn', 'linear', 'logistic'])
def test_a_class_without_training_pixels_counts_as_wrong(kind):
    features, labels = clusters(0, 200, 0.01)
    known = labels != 3
    scores = probe(kind, (features[known], labels[known]), (features, labels))
    assert scores['oa'] == pytest.approx(100 * known.double().mean().item())


@pytest.mark.parametrize('kind', ['knn', 'linear', 'logistic'])
def test_empty_parts_are_refused(kind):
    full, empty = clusters(0, 20, 1), clusters(0, 0, 1)
    with pytest.raises(ValueError, match='no labelled training pixels'):
        probe(kind, empty, full)
    with pytest.raises(ValueError, match='no labelled test pixels'):
        probe(kind, full, empty)


def test_more_neighbours_than_pixels_are_refused():
    with pytest.raises(ValueError, match='21 neighbours cannot be taken of 20'):
        probe('knn', clusters(0, 20, 1), clusters(1, 20, 1), k=21)


def test_logistic_equals_scikit_learn():
    (train, train_labels), (test, test_labels) = (
        clusters(0, 150, 1),
        clusters(1, 400, 1),
    )
    # A class that was never labelled is never predicted.
    train, train_labels = train[train_labels != 1], train_labels[train_labels != 1]
    scaler = StandardScaler().fit(train.numpy())
    model = LogisticRegression(tol=1e-8, max_iter=5000)
    model.fit(scaler.transform(train.numpy()), train_labels.numpy())
    prediction = model.predict(scaler.transform(test.numpy()))
    scores = logistic_probe(train, train_labels, test, test_labels, K)
    assert_scores(scores, test_labels.numpy(), prediction)
