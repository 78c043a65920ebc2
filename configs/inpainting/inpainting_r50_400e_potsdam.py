"""Inpainting on Potsdam, a baseline of the GLCNet paper.

    python tools/train.py configs/inpainting/inpainting_r50_400e_potsdam.py

16 holes of 16 px per image, drawn anew for every sample; the authors' code draws them
once per epoch. Fine-tuning loads the encoder; the painting decoder is of no use there.
"""

_base_ = [
    '../_base_/models/inpainting_r50.py',
    '../_base_/datasets/potsdam_views.py',
    '../_base_/schedules/glcnet_400e.py',
    '../_base_/default_runtime.py',
]
# As published: float32.
optim_wrapper = dict(type='OptimWrapper')
train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='MakeViews', crop=256, views=[_base_.view1]),
            dict(type='MakeHoles', count=16, side=16),
            dict(type='PackViews'),
        ]
    )
)
custom_hooks = [dict(type='ExactResumeHook'), dict(type='DataSummaryHook')]
# The decode head's decoder is built for its names and does not learn.
model_wrapper_cfg = dict(find_unused_parameters=True)
