"""MSSNet for small machines on OMBRIA, from random weights.

    python tools/train.py configs/mssnet/mssnet_r18_random_small_ombria.py

The stack is made by `tools/stack_bands.py`; see `OmbriaDataset`.
"""

_base_ = [
    '../_base_/models/mssnet_r18.py',
    '../_base_/datasets/ombria_labelled.py',
    '../_base_/schedules/finetune_iterations.py',
    '../_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(mean=_base_.mean, std=_base_.std),
    decode_head=dict(num_classes=2),
)
