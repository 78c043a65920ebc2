"""GLCNet for small machines without the local head; the decoder is not trained.

python tools/train.py configs/small/glcnet_nolocal.py
"""

_base_ = './glcnet.py'
model = dict(local_head=None)
model_wrapper_cfg = dict(find_unused_parameters=True)
