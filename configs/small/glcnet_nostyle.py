"""GLCNet for small machines without style: channel means only.

python tools/train.py configs/small/glcnet_nostyle.py
"""

_base_ = './glcnet.py'
model = dict(global_head=dict(pool=dict(type='MeanPool')))
