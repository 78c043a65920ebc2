"""GLCNet for small machines without the global head.

python tools/train.py configs/small/glcnet_noglobal.py
"""

_base_ = './glcnet.py'
model = dict(global_head=None)
