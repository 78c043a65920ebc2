"""GLCNet on Potsdam with local regions balanced over kinds of surface; not the paper's.

python tools/train.py configs/glcnet/glcnet-balanced_r50_400e_potsdam.py
"""

_base_ = '../glcnet_potsdam.py'
model = dict(local_head=dict(sampling='balanced'))
