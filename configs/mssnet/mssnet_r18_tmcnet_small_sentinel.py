"""MSSNet for small machines on Sentinel-2 and -1, from TMCNet.

    (cd data/sentinel/train; python ../../../tools/stack_bands.py stack S2L2A S1RTC)
    python tools/train.py configs/mssnet/mssnet_r18_tmcnet_small_sentinel.py

Labels are land cover of ids 1 to 9 in `LULC`; `test` is laid out like `train`.
Pre-train by `tmcnet_r18_small_sentinel.py`. A map takes two rasters; see
docs/mapping.md.
"""

_base_ = [
    '../_base_/models/mssnet_r18.py',
    '../_base_/augment/one_view.py',
    '../_base_/datasets/labelled_loaders.py',
    '../_base_/datasets/sentinel.py',
    '../_base_/schedules/finetune_iterations.py',
    '../_base_/default_runtime.py',
]
classes = [f'cover {number}' for number in range(1, 10)]
palette = [
    (30, 90, 220),
    (30, 120, 40),
    (150, 210, 120),
    (90, 150, 110),
    (230, 200, 80),
    (220, 60, 50),
    (160, 140, 120),
    (240, 240, 240),
    (180, 220, 160),
]
model = dict(
    data_preprocessor=dict(mean=_base_.mean, std=_base_.std),
    backbone=dict(
        optical=dict(in_channels=len(_base_.optical_bands)),
        sar=dict(in_channels=len(_base_.sar_bands)),
        bands=dict(optical=_base_.optical_bands, sar=_base_.sar_bands),
    ),
    decode_head=dict(num_classes=len(classes)),
)
custom_hooks = [
    dict(type='ExactResumeHook'),
    dict(type='DataSummaryHook'),
    dict(
        type='LoadPretrainedHook',
        checkpoint='work_dirs/tmcnet_r18_small_sentinel/iter_1200.pth',
        level='decoder123',
    ),
]
labelled = dict(
    type='WindowDataset',
    data_root=_base_.data_root,
    labels=dict(files=dict(stack='LULC'), ids={raw: raw - 1 for raw in range(1, 10)}),
    classes=classes,
    palette=palette,
    window=96,
)
train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='LoadLabel'),
            dict(
                type='AugmentWindow',
                geometry=_base_.geometry,
                value_range=_base_.value_range,
            ),
            dict(type='PackWindow'),
        ],
        images='train/stack',
        **labelled,
    ),
)
test_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='LoadLabel'),
            dict(type='PackWindow'),
        ],
        images='test/stack',
        **labelled,
    ),
)
