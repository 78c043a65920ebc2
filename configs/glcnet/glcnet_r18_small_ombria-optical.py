"""GLCNet for small machines on the optical bands of OMBRIA alone.

    python tools/train.py configs/glcnet/glcnet_r18_small_ombria-optical.py

The stack is made by `tools/stack_bands.py`; see `OmbriaDataset`.
"""

_base_ = [
    '../_base_/models/glcnet_r18.py',
    '../_base_/datasets/ombria_views.py',
    '../_base_/schedules/glcnet_iterations.py',
    '../_base_/default_runtime.py',
]
bands = [1, 2, 3]
model = dict(
    backbone=dict(in_channels=len(bands)),
    data_preprocessor=dict(mean=_base_.mean[:3], std=_base_.std[:3]),
)
view2 = dict(_base_.view2, photometry=_base_.optical_photometry)
train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type='LoadRaster', bands=bands),
            dict(type='MakeViews', views=[_base_.view1, view2]),
            dict(type='PackViews'),
        ]
    )
)
