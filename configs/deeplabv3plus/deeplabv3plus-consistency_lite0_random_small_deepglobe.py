"""DeepLabV3+ that learns from DeepGlobe's labels and, more often, from all its tiles.

    python tools/train.py \
        configs/deeplabv3plus/deeplabv3plus-consistency_lite0_random_small_deepglobe.py

For small machines, at 4/3 m as configs/studies/deepglobe.py, which says where the tiles
stand; a windows_file names a share of the labels. Needs timm. Not measured yet.
"""

_base_ = [
    './deeplabv3plus-consistency_lite0_random_small_sample.py',
    '../_base_/augment/strong_view_rgb.py',
]
deepglobe = dict(
    type='DeepGlobeTilesDataset',
    data_root='data/deepglobe',
    gsd=4 / 3,
    window=_base_.window,
)
load = [dict(type='LoadRaster'), dict(type='LoadLabel')]
model = dict(
    data_preprocessor=dict(mean=[104.0, 97.0, 72.0], std=[38.0, 29.0, 26.0]),
    backbone=dict(in_channels=3),
    decode_head=dict(num_classes=6),
)
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='LabelledAndUnlabelled',
        datasets=[
            dict(
                part='train',
                pipeline=[
                    *load,
                    dict(
                        type='AugmentWindow',
                        geometry=_base_.geometry,
                        photometry=_base_.photometry,
                    ),
                    dict(type='PackWindow'),
                ],
                **deepglobe,
            ),
            dict(
                part='train',
                labelled=False,
                sampling=dict(num_windows=12800),
                pipeline=[
                    dict(type='LoadRaster'),
                    dict(type='AugmentWindow', geometry=_base_.geometry),
                    dict(type='StrongViews', photometry=_base_.strong_rgb),
                    dict(type='PackWindow'),
                ],
                **deepglobe,
            ),
        ],
    ),
)
test_dataloader = dict(
    dataset=dict(
        _delete_=True,
        part='test',
        pipeline=[*load, dict(type='PackWindow')],
        **deepglobe,
    ),
)
