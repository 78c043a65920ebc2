"""GLCNet for small machines without the global head.

python tools/train.py configs/glcnet/glcnet-noglobal_r18_small_sample.py
"""

_base_ = './glcnet_r18_small_sample.py'
model = dict(global_head=None)
