"""The same with the paper's learning rate of 0.001 instead of the code's 0.0001.

    python tools/train.py \
        configs/finetune/deeplabv3plus_r50_glcnet_150e_potsdam1pct_paper.py
"""

_base_ = './deeplabv3plus_r50_glcnet_150e_potsdam1pct.py'
optim_wrapper = dict(optimizer=dict(lr=0.001))
