"""MSSNet from TMCNet on 1 % of the labels of YESeg-OPT-SAR.

    python tools/train.py configs/tmcnet/tmcnet_r50_400e_yeseg.py
    python tools/make_splits.py configs/tmcnet/tmcnet_r50_400e_yeseg.py \
        data/yeseg_opt_sar/splits --split train=0.8 test=0.2
    python tools/make_splits.py configs/tmcnet/tmcnet_r50_400e_yeseg.py \
        data/yeseg_opt_sar/splits/train_1pct_seed0.tsv --fraction 0.01 \
        --within data/yeseg_opt_sar/splits/train.tsv \
        --cfg-options train_dataloader.dataset.labelled=True
    python tools/train.py configs/mssnet/mssnet_r50_tmcnet_150e_yeseg1pct.py

Not yet run on the whole set. Tiles are divided as the owners do, at random, but those
of one folder are neighbours: for figures of your own choose test folders, by `folders`
of the data set instead of its files of windows.
"""

_base_ = [
    '../_base_/models/mssnet_r50.py',
    '../_base_/datasets/yeseg_1pct.py',
    '../_base_/schedules/finetune_150e.py',
    '../_base_/default_runtime.py',
]
model = dict(decode_head=dict(num_classes=8))
custom_hooks = [
    dict(type='ExactResumeHook'),
    dict(type='DataSummaryHook'),
    dict(
        type='LoadPretrainedHook',
        checkpoint='work_dirs/tmcnet_r50_400e_yeseg/epoch_400.pth',
        level='decoder123',
    ),
]
