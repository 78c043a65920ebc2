"""SimCLR on Potsdam, a baseline of the GLCNet paper: no style, no local head.

python tools/train.py configs/simclr/simclr_r50_400e_potsdam.py
"""

_base_ = '../glcnet_potsdam.py'
model = dict(global_head=dict(pool=dict(type='MeanPool')), local_head=None)
model_wrapper_cfg = dict(find_unused_parameters=True)
