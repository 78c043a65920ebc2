"""GLCNet on Potsdam without the global head.

python tools/train.py configs/glcnet/glcnet-noglobal_r50_400e_potsdam.py
"""

_base_ = '../glcnet_potsdam.py'
model = dict(global_head=None)
