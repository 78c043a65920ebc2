"""SimCLR on Potsdam, a baseline of the GLCNet paper: its global head without style.

python tools/train.py configs/baselines/simclr_potsdam.py
"""

_base_ = '../glcnet/glcnet_potsdam_nostyle_nolocal.py'
