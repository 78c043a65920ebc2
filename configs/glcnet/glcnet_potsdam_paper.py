"""GLCNet on Potsdam with the paper's learning rate of 0.01.

python tools/train.py configs/glcnet/glcnet_potsdam_paper.py
"""

_base_ = '../glcnet_potsdam.py'
optim_wrapper = dict(optimizer=dict(lr=0.01))
