"""DeepLabV3+ for small machines, from random weights, on the generated sample.

    python tools/make_sample.py data/sample
    python tools/train.py configs/deeplabv3plus/deeplabv3plus_r18_random_small_sample.py

Learns from all labelled windows; as a pre-training it is the supervised start.
"""

_base_ = [
    '../_base_/models/deeplabv3plus_r18.py',
    '../_base_/datasets/sample.py',
    '../_base_/augment/one_view.py',
    '../_base_/datasets/labelled_loaders.py',
    '../_base_/schedules/finetune_iterations.py',
    '../_base_/default_runtime.py',
]
window = 96
model = dict(
    data_preprocessor=dict(mean=_base_.mean, std=_base_.std),
    decode_head=dict(num_classes=7),
)
labelled = dict(
    type='WindowDataset',
    data_root=_base_.data_root,
    classes=_base_.classes,
    palette=_base_.palette,
    window=window,
)
train_dataloader = dict(
    dataset=dict(
        images='train/images',
        labels='train/labels',
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='LoadLabel'),
            dict(
                type='AugmentWindow',
                geometry=_base_.geometry,
                photometry=_base_.photometry,
                value_range=_base_.value_range,
            ),
            dict(type='PackWindow'),
        ],
        **labelled,
    ),
)
test_dataloader = dict(
    dataset=dict(
        images='test/images',
        labels='test/labels',
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='LoadLabel'),
            dict(type='PackWindow'),
        ],
        **labelled,
    ),
)
