"""DeepLabV3+ for small machines that also learns from unlabelled windows.

    python tools/make_sample.py data/sample
    python tools/train.py \
        configs/deeplabv3plus/deeplabv3plus-consistency_r18_random_small_sample.py

UniMatch's losses; the teacher of the checkpoint tests and maps. Half of every batch is
unlabelled.
"""

_base_ = './deeplabv3plus_r18_random_small_sample.py'
model = dict(type='ConsistencySegmentor', ramp_iterations=200)
strong = [
    dict(type='BrightnessContrast', brightness=(0.6, 1.4), contrast=(0.6, 1.4)),
    dict(type='BlurBands', p=0.5),
]
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='LabelledAndUnlabelled',
        datasets=[
            _base_.train_dataloader.dataset,
            dict(
                type='WindowDataset',
                data_root=_base_.data_root,
                images='train/images',
                window=_base_.window,
                sampling=dict(num_windows=3200),
                pipeline=[
                    dict(type='LoadRaster'),
                    dict(type='AugmentWindow', geometry=_base_.geometry),
                    dict(
                        type='StrongViews',
                        photometry=strong,
                        value_range=_base_.value_range,
                    ),
                    dict(type='PackWindow'),
                ],
            ),
        ],
    ),
)
