"""DeepLabV3+ from random weights on 1 % of the Dubai windows: the baseline.

    python tools/train.py \
        configs/deeplabv3plus/deeplabv3plus_r18_random_small_dubai1pct.py
    python tools/test.py \
        configs/deeplabv3plus/deeplabv3plus_r18_random_small_dubai1pct.py \
        work_dirs/deeplabv3plus_r18_random_small_dubai1pct/iter_400.pth

Another draw of the windows: --cfg-options
train_dataloader.dataset.sampling.windows_file=configs/deeplabv3plus/dubai1pct_seed1.tsv
"""

_base_ = [
    '../_base_/models/deeplabv3plus_r18.py',
    '../_base_/augment/one_view.py',
    '../_base_/schedules/finetune_iterations.py',
    '../_base_/default_runtime.py',
]
# Of the size of the pre-training's views.
window = 96
model = dict(
    backbone=dict(in_channels=3),
    decode_head=dict(num_classes=6),
)
train_dataloader = dict(
    batch_size=16,
    num_workers=1,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='InfinitePerSampleSampler'),
    collate_fn=dict(type='stack_samples'),
    dataset=dict(
        type='DubaiDataset',
        data_root='data/dubai_aerial',
        areas=[1, 2, 3, 4, 5, 6],
        window=window,
        # Beside this file, wherever the package is installed.
        sampling=dict(windows_file='{{ fileDirname }}/dubai1pct_seed0.tsv'),
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='LoadLabel'),
            dict(
                type='AugmentWindow',
                geometry=_base_.geometry,
                photometry=_base_.photometry,
            ),
            dict(type='PackWindow'),
        ],
    ),
)
test_dataloader = dict(
    batch_size=32,
    num_workers=1,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='DubaiDataset',
        data_root='data/dubai_aerial',
        areas=[7, 8],
        # As in training: image pooling and wide dilations see as much of a window.
        window=window,
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='LoadLabel'),
            dict(type='PackWindow'),
        ],
    ),
)
