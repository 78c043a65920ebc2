"""DeepLabV3+ from random weights on 1 % of LoveDA's labels: the baseline.

    python tools/make_splits.py \
        configs/deeplabv3plus/deeplabv3plus_r50_random_150e_loveda1pct.py \
        data/loveda/windows_1pct_seed0.tsv --fraction 0.01 --seed 0
    python tools/train.py \
        configs/deeplabv3plus/deeplabv3plus_r50_random_150e_loveda1pct.py

The settings are those of Potsdam; not yet run here.
"""

_base_ = [
    '../_base_/models/deeplabv3plus_r50.py',
    '../_base_/datasets/loveda_1pct.py',
    '../_base_/schedules/finetune_150e.py',
    '../_base_/default_runtime.py',
]
model = dict(backbone=dict(in_channels=3), decode_head=dict(num_classes=7))
