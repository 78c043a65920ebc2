"""TMCNet (TGRS 2025) on YESeg-OPT-SAR, optical and SAR.

    python tools/train.py configs/tmcnet/tmcnet_r50_400e_yeseg.py

Not yet run here. The stack of both modalities is made once; see the data set. The loss
of the authors' code is `contrast=dict(published=True)` in both heads.
"""

_base_ = [
    '../_base_/models/tmcnet_r50.py',
    '../_base_/datasets/yeseg_views.py',
    '../_base_/schedules/glcnet_400e.py',
    '../_base_/default_runtime.py',
]
