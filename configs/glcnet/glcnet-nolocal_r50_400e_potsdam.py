"""GLCNet on Potsdam without the local head; the decoder is not trained then.

python tools/train.py configs/glcnet/glcnet-nolocal_r50_400e_potsdam.py
"""

_base_ = '../glcnet_potsdam.py'
model = dict(local_head=None)
model_wrapper_cfg = dict(find_unused_parameters=True)
