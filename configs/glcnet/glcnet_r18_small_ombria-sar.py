"""GLCNet for small machines on the SAR band of OMBRIA alone.

    python tools/train.py configs/glcnet/glcnet_r18_small_ombria-sar.py

The stack is made by `tools/stack_bands.py`; see `OmbriaDataset`.
"""

_base_ = [
    '../_base_/models/glcnet_r18.py',
    '../_base_/datasets/ombria_views.py',
    '../_base_/schedules/glcnet_iterations.py',
    '../_base_/default_runtime.py',
]
bands = [4]
model = dict(
    backbone=dict(in_channels=len(bands)),
    data_preprocessor=dict(mean=_base_.mean[3:], std=_base_.std[3:]),
)
view2 = dict(_base_.view2, photometry=[dict(_base_.sar_photometry[0], bands=[0])])
train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type='LoadRaster', bands=bands),
            dict(type='MakeViews', views=[_base_.view1, view2]),
            dict(type='PackViews'),
        ]
    )
)
