"""GLCNet for small machines without style: channel means only.

python tools/train.py configs/glcnet/glcnet-nostyle_r18_small_sample.py
"""

_base_ = './glcnet_r18_small_sample.py'
model = dict(global_head=dict(pool=dict(type='MeanPool')))
