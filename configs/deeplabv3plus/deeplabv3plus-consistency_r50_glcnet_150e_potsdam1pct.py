"""DeepLabV3+ from GLCNet's encoder, learning from Potsdam's unlabelled tiles too.

    python tools/train.py \
        configs/deeplabv3plus/deeplabv3plus-consistency_r50_glcnet_150e_potsdam1pct.py

1 % of the labels, UniMatch's losses; the teacher of the checkpoint tests and maps. An
epoch passes all unlabelled tiles once. Not measured yet.
"""

_base_ = [
    './deeplabv3plus_r50_glcnet_150e_potsdam1pct.py',
    '../_base_/augment/strong_view_rgb.py',
]
model = dict(type='ConsistencySegmentor')
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='LabelledAndUnlabelled',
        datasets=[
            _base_.train_dataloader.dataset,
            dict(
                type='PotsdamTilesDataset',
                data_root=_base_.data_root,
                split='train',
                dtype='RGBIR',
                labelled=False,
                window=256,
                pipeline=[
                    dict(type='LoadRaster'),
                    dict(type='AugmentWindow', geometry=_base_.geometry),
                    dict(type='StrongViews', photometry=_base_.strong_rgb),
                    dict(type='PackWindow'),
                ],
            ),
        ],
    ),
)
