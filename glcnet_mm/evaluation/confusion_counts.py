"""Counting (truth, prediction) pairs on the device that holds them."""

import torch
from torch import Tensor


def count_pairs(
    truth: Tensor, prediction: Tensor, num_classes: int, counted: Tensor
) -> Tensor:
    """Counts the pairs of one image without waiting for the device.

    ``torch.bincount`` reads its largest value back to the host, hence ``index_add_``.

    Args:
        truth: Class ids, any shape.
        prediction: Class ids, same shape.
        num_classes: K.
        counted: Boolean, same shape; the rest is left out.

    Returns:
        (K * K + 2,) int64: the matrix by rows, then the number of counted pixels whose
        truth, and of those whose prediction, is not a class.
    """
    truth, prediction = truth.reshape(-1).long(), prediction.reshape(-1).long()
    bad_truth = (truth < 0) | (truth >= num_classes)
    bad_prediction = (prediction < 0) | (prediction >= num_classes)
    slot = truth * num_classes + prediction
    slot = slot.masked_fill(bad_prediction, num_classes**2 + 1)
    slot = slot.masked_fill(bad_truth, num_classes**2)
    counts = torch.zeros(num_classes**2 + 2, dtype=torch.long, device=truth.device)
    return counts.index_add_(0, slot, counted.reshape(-1).long())
