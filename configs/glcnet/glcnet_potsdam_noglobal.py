"""GLCNet on Potsdam without the global head.

python tools/train.py configs/glcnet/glcnet_potsdam_noglobal.py
"""

_base_ = '../glcnet_potsdam.py'
model = dict(global_head=None)
