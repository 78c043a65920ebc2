"""The one metric of every set: a confusion matrix and what follows from it."""

from collections.abc import Sequence
from logging import FileHandler
from pathlib import Path
from typing import Any

import torch
from mmengine.dist import all_reduce, get_rank, get_world_size, is_main_process
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger
from mmengine.registry import METRICS
from torch import Tensor

from ..errors import UserError
from .confusion_counts import count_pairs
from .report import score_table, write_scores
from .scores import scores_from_matrix


@METRICS.register_module()
class ConfusionMatrixMetric(BaseMetric):
    """OA, Kappa, per-class precision/recall/F1/IoU and their means, in percent.

    Returns ``OA``, ``Kappa``, ``mF1``, ``mIoU``, ``mPrecision`` and ``mRecall``; the
    per-class scores and the matrix go to the log and to a JSON file. How undefined
    scores are treated is stated in ``scores.py``. To keep the best checkpoint by Kappa,
    the checkpoint hook needs ``save_best='Kappa', rule='greater'``.

    Pixels are counted on the device and read back once per evaluation. Ranks sum their
    matrices. Samplers that repeat samples to give every rank equally many are undone:
    sample j of rank r is number ``j * world_size + r``, and numbers past the end of the
    data set can only be the last sample of a rank, which is therefore kept apart.

    Args:
        out_file: JSON file. None writes ``scores.json`` beside the run's log file, the
            last evaluation replacing the one before.
        ignore_index: Truth value that is not counted.
        prefix: Put before the names of the returned scores, with a slash.
    """

    default_prefix = ''

    def __init__(
        self,
        out_file: str | None = None,
        ignore_index: int = 255,
        prefix: str | None = None,
    ) -> None:
        super().__init__(prefix=prefix)
        self.out_file = out_file
        self.ignore_index = ignore_index
        self._reset()

    def _reset(self) -> None:
        self._names: list[str] = []
        self._earlier: Tensor | None = None  # all samples but the last
        self._last: Tensor | None = None
        self._first_bad: Tensor | None = None

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names of the data set."""
        classes = (self.dataset_meta or {}).get('classes')
        if not classes:
            raise UserError(
                'ConfusionMatrixMetric needs the class names of the data set, but its '
                "metainfo has no 'classes': set them in the data set's config."
            )
        return tuple(classes)

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Adds the pixels of one batch.

        Args:
            data_batch: Not used.
            data_samples: Each with ``pred_sem_seg.data`` and ``gt_sem_seg.data``
                (1, H, W), and optionally ``valid.data``.
        """
        for sample in data_samples:
            counts = self._count(sample)
            number = torch.full_like(counts[0], len(self._names))
            self._names.append(_describe(sample))
            earlier, bad = self._earlier, self._first_bad
            if self._last is None or earlier is None or bad is None:
                earlier = torch.zeros_like(counts)
                bad = torch.full_like(number, -1)
            else:
                earlier += self._last
            self._earlier, self._last = earlier, counts
            is_first = (counts[-2:].sum() > 0) & (bad < 0)
            self._first_bad = torch.where(is_first, number, bad)

    def _count(self, sample: dict) -> Tensor:
        prediction = sample['pred_sem_seg']['data']
        if 'gt_sem_seg' not in sample:
            raise UserError(f'No label to compare with for {_describe(sample)}.')
        truth = sample['gt_sem_seg']['data'].to(prediction.device)
        if truth.shape != prediction.shape:
            raise UserError(
                f'The label of {_describe(sample)} has shape {tuple(truth.shape)}, the '
                f'prediction {tuple(prediction.shape)}: both must be of one size.'
            )
        counted = truth != self.ignore_index
        if 'valid' in sample:
            counted &= sample['valid']['data'].to(prediction.device)
        return count_pairs(truth, prediction, len(self.classes), counted)

    def evaluate(self, size: int) -> dict:
        """Sums the matrices of all ranks and scores them.

        Args:
            size: Number of samples of the data set.
        """
        counts = self._own_counts(size)
        all_reduce(counts)
        try:
            self._check(counts.cpu())
        finally:
            self._reset()
        metrics = self.compute_metrics([counts[:-2].cpu()])
        return {f'{self.prefix}/{k}' if self.prefix else k: metrics[k] for k in metrics}

    def _own_counts(self, size: int) -> Tensor:
        if self._last is None or self._earlier is None:
            return torch.zeros(len(self.classes) ** 2 + 2, dtype=torch.long)
        last_number = (len(self._names) - 1) * get_world_size() + get_rank()
        return self._earlier + self._last if last_number < size else self._earlier

    def _check(self, counts: Tensor) -> None:
        bad_truth, bad_prediction = counts[-2:].tolist()
        if not bad_truth and not bad_prediction:
            return
        first = -1 if self._first_bad is None else int(self._first_bad)
        where = self._names[first] if first >= 0 else 'a sample of another process'
        raise UserError(
            f'{bad_truth} label and {bad_prediction} predicted pixels are outside the '
            f'{len(self.classes)} classes (ids 0 to {len(self.classes) - 1}, ignore '
            f'{self.ignore_index}), first in {where}: correct the id map of the labels '
            "or the model's num_classes."
        )

    def compute_metrics(self, results: list[Tensor]) -> dict[str, float]:
        """Scores the matrix, logs the table and writes the file.

        Args:
            results: One tensor with the K * K counts.
        """
        matrix = results[0].reshape(len(self.classes), -1).numpy()
        overall, per_class = scores_from_matrix(matrix)
        if is_main_process():
            table = score_table(self.classes, matrix, overall, per_class)
            MMLogger.get_current_instance().info(f'Scores in percent\n{table}')
            path = self.out_file or _default_path()
            if path is not None:
                write_scores(path, self.classes, matrix, overall, per_class)
        return overall


def _describe(sample: dict) -> str:
    window = sample.get('window')
    path = sample.get('img_path', 'a sample without a path')
    return path if window is None else f'{path} at {window}'


def _default_path() -> Path | None:
    for handler in MMLogger.get_current_instance().handlers:
        if isinstance(handler, FileHandler):
            return Path(handler.baseFilename).with_name('scores.json')
    return None
