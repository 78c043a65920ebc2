import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    cohen_kappa_score,
    jaccard_score,
    precision_recall_fscore_support,
)

from glcnet_mm.evaluation import scores_from_matrix


def matrix_of(truth, prediction, num_classes):
    matrix = np.zeros((num_classes, num_classes), dtype=np.int64)
    np.add.at(matrix, (truth, prediction), 1)
    return matrix


def test_hand_matrix():
    # 10 pixels, 7 right. Chance = (5*6 + 5*4) / 100 = 0.5, Kappa = (0.7-0.5)/0.5.
    overall, per_class = scores_from_matrix(np.array([[4, 1], [2, 3]]))
    assert overall['OA'] == pytest.approx(70)
    assert overall['Kappa'] == pytest.approx(40)
    np.testing.assert_allclose(per_class['precision'], [400 / 6, 75])
    np.testing.assert_allclose(per_class['recall'], [80, 60])
    np.testing.assert_allclose(per_class['IoU'], [400 / 7, 50])
    np.testing.assert_allclose(per_class['F1'], [800 / 11, 600 / 9])
    assert overall['mIoU'] == pytest.approx((400 / 7 + 50) / 2)


@pytest.mark.parametrize('seed', range(4))
def test_equals_scikit_learn_on_the_classes_present(seed):
    rng = np.random.default_rng(seed)
    truth = rng.choice([0, 1, 3, 5], size=900, p=[0.6, 0.2, 0.15, 0.05])
    noisy = rng.integers(0, 5, size=900)  # predicts absent classes, never class 5
    prediction = np.where(rng.random(900) < 0.6, truth, noisy)
    prediction[prediction == 5] = 2
    overall, per_class = scores_from_matrix(matrix_of(truth, prediction, 6))

    present = np.array([0, 1, 3, 5])
    precision, recall, f1, _ = precision_recall_fscore_support(
        truth, prediction, labels=present, zero_division=0
    )
    iou = jaccard_score(truth, prediction, labels=present, average=None)
    expected = {'precision': precision, 'recall': recall, 'F1': f1, 'IoU': iou}
    for name, values in expected.items():
        np.testing.assert_allclose(per_class[name][present], 100 * values)
        assert np.isnan(per_class[name][[2, 4]]).all()
    assert overall['mF1'] == pytest.approx(100 * f1.mean())
    assert overall['mIoU'] == pytest.approx(100 * iou.mean())
    assert overall['OA'] == pytest.approx(100 * accuracy_score(truth, prediction))
    assert overall['Kappa'] == pytest.approx(100 * cohen_kappa_score(truth, prediction))


def test_products_of_large_counts_do_not_overflow():
    small = np.array([[4, 1], [2, 3]])
    overall, _ = scores_from_matrix(small * 10**14)
    assert overall == pytest.approx(scores_from_matrix(small)[0])


def test_nothing_counted_is_nan_everywhere():
    overall, per_class = scores_from_matrix(np.zeros((3, 3)))
    assert np.isnan(list(overall.values())).all()
    assert np.isnan(list(per_class.values())).all()


def test_one_class_alone_has_no_kappa():
    overall, _ = scores_from_matrix(np.diag([7, 0]))
    assert overall['OA'] == 100
    assert np.isnan(overall['Kappa'])


def test_matrix_must_be_square():
    with pytest.raises(ValueError, match='square'):
        scores_from_matrix(np.zeros((2, 3)))
