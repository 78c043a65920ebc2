"""DeepLabV3+ from random weights on 1 % of Potsdam's labels: the baseline.

    python tools/train.py \
        configs/deeplabv3plus/deeplabv3plus_r50_random_150e_potsdam1pct.py

Published: Kappa 58.27, OA 67.39.
"""

_base_ = [
    '../_base_/models/deeplabv3plus_r50.py',
    '../_base_/datasets/potsdam_1pct.py',
    '../_base_/schedules/finetune_150e.py',
    '../_base_/default_runtime.py',
]
# As published: float32.
optim_wrapper = dict(type='OptimWrapper')
