"""GLCNet on Potsdam without style: channel means only.

python tools/train.py configs/glcnet/glcnet-nostyle_r50_400e_potsdam.py
"""

_base_ = '../glcnet_potsdam.py'
model = dict(global_head=dict(pool=dict(type='MeanPool')))
