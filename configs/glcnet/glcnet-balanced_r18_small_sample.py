"""GLCNet for small machines with local regions balanced over kinds of surface.

python tools/train.py configs/glcnet/glcnet-balanced_r18_small_sample.py
"""

_base_ = './glcnet_r18_small_sample.py'
model = dict(local_head=dict(sampling='balanced'))
