"""TMCNet for small machines on OMBRIA: tuples of optical and SAR.

    python tools/train.py configs/tmcnet/tmcnet_r18_small_ombria.py

The stack is made by `tools/stack_bands.py`; see `OmbriaDataset`.
"""

_base_ = [
    '../_base_/models/tmcnet_r18.py',
    '../_base_/datasets/ombria_views.py',
    '../_base_/schedules/glcnet_iterations.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor=dict(mean=_base_.mean, std=_base_.std))
