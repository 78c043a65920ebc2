"""MSSNet from TMCNet on 1 % of the labels of WHU-OPT-SAR.

    python tools/train.py configs/tmcnet/tmcnet_r50_400e_whu-opt-sar.py
    python tools/train.py configs/mssnet/mssnet_r50_tmcnet_150e_whu-opt-sar1pct.py

`tools/make_splits.py` draws the windows of `windows_1pct_seed0.tsv`; see docs/data.md.
"""

_base_ = [
    '../_base_/models/mssnet_r50.py',
    '../_base_/datasets/whu_opt_sar_1pct.py',
    '../_base_/schedules/finetune_150e.py',
    '../_base_/default_runtime.py',
]
model = dict(
    backbone=dict(
        optical=dict(in_channels=4), bands=dict(optical=[0, 1, 2, 3], sar=[4])
    ),
    decode_head=dict(num_classes=8),
)
custom_hooks = [
    dict(type='ExactResumeHook'),
    dict(type='DataSummaryHook'),
    dict(
        type='LoadPretrainedHook',
        checkpoint='work_dirs/tmcnet_r50_400e_whu-opt-sar/epoch_400.pth',
        level='decoder123',
    ),
]
