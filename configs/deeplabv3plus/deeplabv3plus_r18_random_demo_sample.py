"""DeepLabV3+ from random weights on 24 labelled windows of the generated sample.

    python tools/make_splits.py \
        configs/deeplabv3plus/deeplabv3plus_r18_random_demo_sample.py \
        data/sample/windows.tsv --fraction 0.087
    python tools/train.py configs/deeplabv3plus/deeplabv3plus_r18_random_demo_sample.py
    python tools/test.py configs/deeplabv3plus/deeplabv3plus_r18_random_demo_sample.py \
        work_dirs/deeplabv3plus_r18_random_demo_sample/iter_200.pth
"""

_base_ = [
    '../_base_/models/deeplabv3plus_r50.py',
    '../_base_/datasets/sample.py',
    '../_base_/augment/one_view.py',
    '../_base_/datasets/labelled_loaders.py',
    '../_base_/schedules/finetune_iterations.py',
    '../_base_/default_runtime.py',
]
iterations = 200
window = 64
model = dict(
    data_preprocessor=dict(mean=_base_.mean, std=_base_.std),
    backbone=dict(depth=18, base_channels=32),
    decode_head=dict(
        in_channels=256,
        channels=64,
        c1_in_channels=32,
        dilations=_base_.small_rates,
        num_classes=7,
    ),
)
param_scheduler = dict(end=iterations)
train_cfg = dict(max_iters=iterations)
default_hooks = dict(checkpoint=dict(interval=iterations))
labelled = dict(
    type='WindowDataset',
    data_root=_base_.data_root,
    classes=_base_.classes,
    palette=_base_.palette,
)
train_dataloader = dict(
    batch_size=12,
    dataset=dict(
        images='train/images',
        labels='train/labels',
        window=window,
        sampling=dict(windows_file='data/sample/windows.tsv'),
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='LoadLabel'),
            dict(
                type='AugmentWindow',
                geometry=_base_.geometry,
                # Scenes differ in light.
                photometry=[
                    dict(
                        type='BrightnessContrast',
                        brightness=(0.75, 1.25),
                        contrast=(0.8, 1.2),
                    )
                ],
                value_range=_base_.value_range,
            ),
            dict(type='PackWindow'),
        ],
        **labelled,
    ),
)
test_dataloader = dict(
    batch_size=16,
    dataset=dict(
        images='test/images',
        labels='test/labels',
        window=window,
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='LoadLabel'),
            dict(type='PackWindow'),
        ],
        **labelled,
    ),
)
