"""Predictions of a few test windows, kept for the report."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from mmseg.structures import SegDataSample

from ...files import write_bytes


@HOOKS.register_module()
class KeepWindowsHook(Hook):
    """Writes the predicted classes of some windows of the test set to one file.

    Args:
        numbers: Of the windows in the test set, in rising order.
        out_file: NPZ file with ``predictions``, ``(K, H, W)`` uint8, and ``numbers``.
    """

    def __init__(self, numbers: Sequence[int], out_file: str) -> None:
        self.numbers, self.out_file = tuple(numbers), Path(out_file)

    def before_test(self, runner: Runner) -> None:
        """Starts anew."""
        self._kept: dict[int, np.ndarray] = {}

    def after_test_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict,
        outputs: Sequence[SegDataSample],
    ) -> None:
        """Keeps those of a batch; a study tests in one process, in order."""
        first = batch_idx * runner.test_dataloader.batch_size
        for number in self.numbers:
            if first <= number < first + len(outputs):
                classes = outputs[number - first].pred_sem_seg.data[0]
                self._kept[number] = classes.cpu().numpy().astype(np.uint8)

    def after_test(self, runner: Runner) -> None:
        """Writes."""
        buffer = io.BytesIO()
        predictions = np.stack([self._kept[n] for n in self.numbers])
        np.savez_compressed(buffer, predictions=predictions, numbers=self.numbers)
        write_bytes(self.out_file, buffer.getvalue())
