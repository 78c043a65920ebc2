"""GLCNet for small machines without the local head; the decoder is not trained.

python tools/train.py configs/glcnet/glcnet-nolocal_r18_small_sample.py
"""

_base_ = './glcnet_r18_small_sample.py'
model = dict(local_head=None)
model_wrapper_cfg = dict(find_unused_parameters=True)
