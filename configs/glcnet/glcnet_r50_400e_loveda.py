"""GLCNet (TGRS 2022) on LoveDA: ResNet-50, 3 bands, 400 epochs.

    python tools/check_data.py configs/glcnet/glcnet_r50_400e_loveda.py
    python tools/train.py configs/glcnet/glcnet_r50_400e_loveda.py
    bash tools/dist_train.sh configs/glcnet/glcnet_r50_400e_loveda.py 4

The recipe is that of Potsdam; not yet run here. The data: docs/sets.md.
"""

_base_ = [
    '../_base_/models/glcnet_r50.py',
    '../_base_/datasets/loveda_views.py',
    '../_base_/schedules/glcnet_400e.py',
    '../_base_/default_runtime.py',
]
model = dict(backbone=dict(in_channels=3))
