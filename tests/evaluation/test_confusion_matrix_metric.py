import json

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.registry import METRICS
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from sklearn.metrics import confusion_matrix

from glcnet_mm.evaluation import ConfusionMatrixMetric, report, scores_from_matrix
from tests.two_processes import run_on_two

CLASSES = ('water', 'field', 'town')


def make_sample(truth, prediction, valid=None, name='a.tif'):
    sample = SegDataSample(metainfo=dict(img_path=name))
    sample.gt_sem_seg = PixelData(data=torch.as_tensor(truth)[None])
    sample.pred_sem_seg = PixelData(data=torch.as_tensor(prediction)[None])
    if valid is not None:
        sample.set_data({'valid': PixelData(data=torch.as_tensor(valid)[None])})
    return sample


def random_samples(count, seed=0):
    rng = np.random.default_rng(seed)
    for i in range(count):
        truth = rng.choice([0, 1, 2, 255], size=(5, 7 + i))
        yield make_sample(
            truth, rng.integers(0, 3, truth.shape), rng.random(truth.shape) < 0.8
        )


def counted_pairs(samples):
    pairs = []
    for sample in samples:
        truth = sample.gt_sem_seg.data.numpy()
        keep = sample.valid.data.numpy() & (truth != 255)
        pairs.append((truth[keep], sample.pred_sem_seg.data.numpy()[keep]))
    return [np.concatenate(part) for part in zip(*pairs, strict=True)]


def make_evaluator(tmp_path, **kwargs):
    metric = dict(
        type='ConfusionMatrixMetric', out_file=str(tmp_path / 'out' / 's.json')
    )
    evaluator = Evaluator(metric | kwargs)
    evaluator.dataset_meta = dict(classes=CLASSES)
    return evaluator


def test_counts_what_scikit_learn_counts_and_writes_it(tmp_path):
    evaluator = make_evaluator(tmp_path)
    samples = list(random_samples(5))
    evaluator.process(samples[:2])
    evaluator.process(samples[2:])
    scores = evaluator.evaluate(5)

    expected = confusion_matrix(*counted_pairs(samples))
    assert scores == pytest.approx(scores_from_matrix(expected)[0])
    assert {'OA', 'Kappa', 'mF1', 'mIoU'} <= set(scores)
    written = json.loads((tmp_path / 'out' / 's.json').read_text())
    assert written['confusion_matrix'] == expected.tolist()
    assert written['overall']['Kappa'] == pytest.approx(scores['Kappa'])
    assert list(written['per_class']) == list(CLASSES)


def test_a_second_evaluation_starts_from_nothing(tmp_path):
    evaluator = make_evaluator(tmp_path)
    results = []
    for _ in range(2):
        evaluator.process(list(random_samples(3)))
        results.append(evaluator.evaluate(3))
    assert results[0] == results[1]


def test_prefix(tmp_path):
    evaluator = make_evaluator(tmp_path, prefix='test')
    evaluator.process(list(random_samples(1)))
    assert 'test/mIoU' in evaluator.evaluate(1)


def test_all_ignored_and_absent_class_are_null_in_the_file(tmp_path):
    evaluator = make_evaluator(tmp_path)
    evaluator.process([make_sample(np.full((4, 4), 255), np.zeros((4, 4), int))])
    assert np.isnan(list(evaluator.evaluate(1).values())).all()

    evaluator.process([make_sample([[0, 0, 2]], [[0, 1, 2]])])
    scores = evaluator.evaluate(1)
    assert scores['mIoU'] == pytest.approx(75)  # 1/2 and 1; class 1 is left out
    written = json.loads((tmp_path / 'out' / 's.json').read_text())
    assert written['per_class']['field']['IoU'] is None


@pytest.mark.parametrize(
    ('truth', 'prediction', 'message'),
    [
        ([[0, 3]], [[0, 0]], '2 label and 0 predicted pixels .* in b.tif'),
        ([[0, -1]], [[0, 0]], '2 label and 0 predicted'),
        ([[0, 1]], [[7, 0]], '0 label and 2 predicted pixels .*num_classes'),
    ],
)
def test_values_outside_the_classes_are_an_error(tmp_path, truth, prediction, message):
    evaluator = make_evaluator(tmp_path)
    evaluator.process([make_sample([[0, 1]], [[0, 1]])])
    evaluator.process([make_sample(truth, prediction, name='b.tif')])
    evaluator.process([make_sample(truth, prediction, name='c.tif')])
    with pytest.raises(ValueError, match=message):
        evaluator.evaluate(3)


def test_a_wrong_value_on_an_ignored_pixel_is_no_error(tmp_path):
    evaluator = make_evaluator(tmp_path)
    evaluator.process([make_sample([[0, 9]], [[0, 9]], [[True, False]])])
    assert evaluator.evaluate(1)['OA'] == 100


def test_sizes_must_agree_and_labels_exist(tmp_path):
    evaluator = make_evaluator(tmp_path)
    with pytest.raises(ValueError, match='a.tif has shape'):
        evaluator.process([make_sample([[0, 1]], [[0]])])
    unlabelled = make_sample([[0]], [[0]])
    del unlabelled.gt_sem_seg
    with pytest.raises(ValueError, match='No label'):
        evaluator.process([unlabelled])


def test_class_names_are_needed():
    metric = ConfusionMatrixMetric()
    with pytest.raises(ValueError, match="'classes'"):
        metric.evaluate(0)


def test_no_half_written_file(tmp_path, monkeypatch):
    path = tmp_path / 's.json'
    path.write_text('before')
    monkeypatch.setattr(report.json, 'dumps', lambda *_, **__: 1 / 0)
    overall, per_class = scores_from_matrix(np.eye(3))
    with pytest.raises(ZeroDivisionError):
        report.write_scores(path, CLASSES, np.eye(3), overall, per_class)
    assert path.read_text() == 'before'
    assert [p.name for p in tmp_path.iterdir()] == ['s.json']


def test_registered_in_the_root():
    assert METRICS.get('ConfusionMatrixMetric') is ConfusionMatrixMetric


def _evaluate_on_rank(rank, path):
    samples = list(random_samples(5))
    # What a padding sampler hands out: 3 samples each, the last repeats the first.
    own = [samples[i % 5] for i in range(rank, 6, 2)]
    metric = ConfusionMatrixMetric(out_file=path)
    metric.dataset_meta = dict(classes=CLASSES)
    metric.process(None, [sample.to_dict() for sample in own])
    return {name: float(score) for name, score in metric.evaluate(5).items()}


def test_two_processes_count_every_sample_once(tmp_path):
    found = run_on_two(_evaluate_on_rank, str(tmp_path / 's.json'))
    expected = confusion_matrix(*counted_pairs(random_samples(5)))
    written = json.loads((tmp_path / 's.json').read_text())
    assert written['confusion_matrix'] == expected.tolist()
    for scores in found:
        assert scores == pytest.approx(scores_from_matrix(expected)[0])
