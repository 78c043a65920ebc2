"""GLCNet for small machines with local regions balanced over kinds of surface.

python tools/train.py configs/small/glcnet_balanced.py
"""

_base_ = './glcnet.py'
model = dict(local_head=dict(sampling='balanced'))
