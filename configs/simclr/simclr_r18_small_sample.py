"""SimCLR for small machines: GLCNet without style and without the local head.

python tools/train.py configs/simclr/simclr_r18_small_sample.py
"""

_base_ = '../glcnet/glcnet_r18_small_sample.py'
model = dict(global_head=dict(pool=dict(type='MeanPool')), local_head=None)
model_wrapper_cfg = dict(find_unused_parameters=True)
