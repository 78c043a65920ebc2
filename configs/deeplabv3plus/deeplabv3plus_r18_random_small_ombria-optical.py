"""DeepLabV3+ for small machines on the optical bands of OMBRIA alone.

    python tools/train.py \
        configs/deeplabv3plus/deeplabv3plus_r18_random_small_ombria-optical.py

The stack is made by `tools/stack_bands.py`; see `OmbriaDataset`.
"""

_base_ = [
    '../_base_/models/deeplabv3plus_r18.py',
    '../_base_/datasets/ombria_labelled.py',
    '../_base_/schedules/finetune_iterations.py',
    '../_base_/default_runtime.py',
]
bands = [1, 2, 3]
load = [dict(type='LoadRaster', bands=bands), dict(type='LoadLabel')]
model = dict(
    backbone=dict(in_channels=len(bands)),
    data_preprocessor=dict(mean=_base_.mean[:3], std=_base_.std[:3]),
    decode_head=dict(num_classes=2),
)
augment = dict(
    type='AugmentWindow', geometry=_base_.geometry, photometry=_base_.photometry
)
train_dataloader = dict(
    dataset=dict(pipeline=[*load, augment, dict(type='PackWindow')])
)
test_dataloader = dict(dataset=dict(pipeline=[*load, dict(type='PackWindow')]))
