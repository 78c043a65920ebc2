"""TMCNet (TGRS 2025) on WHU-OPT-SAR, optical and SAR.

    python tools/train.py configs/tmcnet/tmcnet_r50_400e_whu-opt-sar.py

Not yet run here. The stack of both modalities is made once; see the data set. The loss
of the authors' code is `contrast=dict(published=True)` in both heads.
"""

_base_ = [
    '../_base_/models/tmcnet_r50.py',
    '../_base_/datasets/whu_opt_sar_views.py',
    '../_base_/schedules/glcnet_400e.py',
    '../_base_/default_runtime.py',
]
model = dict(
    backbone=dict(
        optical=dict(in_channels=4), bands=dict(optical=[0, 1, 2, 3], sar=[4])
    ),
)
