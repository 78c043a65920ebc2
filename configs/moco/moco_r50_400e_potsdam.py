"""MoCo v2 on Potsdam, a baseline of the GLCNet paper.

    python tools/train.py configs/moco/moco_r50_400e_potsdam.py

The temperature is that of MoCo v2; the GLCNet authors' code has 0.07:
--cfg-options model.head.temperature=0.07.
"""

_base_ = [
    '../_base_/models/moco_r50.py',
    '../_base_/datasets/potsdam_views.py',
    '../_base_/schedules/glcnet_400e.py',
    '../_base_/default_runtime.py',
]
# As published: float32.
optim_wrapper = dict(type='OptimWrapper')
# The decoder is built for its names and does not learn.
model_wrapper_cfg = dict(find_unused_parameters=True)
