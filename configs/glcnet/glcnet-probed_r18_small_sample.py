"""GLCNet for small machines; the log tells what the features are worth meanwhile.

python tools/train.py configs/glcnet/glcnet-probed_r18_small_sample.py

The weights are those of glcnet.py: labels measure, and teach the model nothing.
"""

_base_ = './glcnet_r18_small_sample.py'
labelled = dict(
    type='WindowDataset',
    data_root=_base_.data_root,
    classes=_base_.classes,
    palette=_base_.palette,
    window=96,
    pipeline=[
        dict(type='LoadRaster'),
        dict(type='LoadLabel'),
        dict(type='PackWindow'),
    ],
)
custom_hooks = [
    *_base_.custom_hooks,
    dict(
        type='FrozenProbeHook',
        interval=200,
        train_dataset=dict(images='train/images', labels='train/labels', **labelled),
        test_dataset=dict(images='test/images', labels='test/labels', **labelled),
    ),
]
