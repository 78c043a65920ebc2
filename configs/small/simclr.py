"""SimCLR for small machines: GLCNet without style and without the local head.

python tools/train.py configs/small/simclr.py
"""

_base_ = './glcnet.py'
model = dict(global_head=dict(pool=dict(type='MeanPool')), local_head=None)
model_wrapper_cfg = dict(find_unused_parameters=True)
