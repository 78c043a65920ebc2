"""Multi-task pre-training (Li, Chen, Shi, JSTARS 2021) on Levir_CS, clouds and snow.

    python tools/train.py configs/multitask/multitask_r50_400e_levircs.py

Four bands of 10 bits: blue, green, red, near infrared. The recipe is that of Potsdam;
not yet run here. The data: docs/sets.md.
"""

_base_ = './multitask_r50_400e_potsdam.py'
optim_wrapper = dict(type='Bfloat16OptimWrapper')
# As 8 bits to [-1.6, 1.6].
model = dict(data_preprocessor=dict(mean=511.5, std=319.6875))
jitter = dict(
    type='ColourJitter',
    brightness=(0.7, 1.3),
    contrast=(0.5, 1.5),
    saturation=(0.5, 1.5),
    hue=108.0,
    rgb=(2, 1, 0),
)
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='LevirCsDataset',
        data_root='data/levir_cs',
        split='train',
        labelled=False,
        window=256,
        sampling=dict(num_windows=13824, max_invalid_share=0.5),
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='MakeViews', value_range=(0, 1023), views=[_base_.view]),
            dict(type='DistortBlock', photometry=[jitter]),
            dict(
                type='TransformView',
                geometry=[_base_.part],
                photometry=[jitter, dict(type='GreyBands', rgb=(2, 1, 0), p=0.5)],
            ),
            dict(type='PackViews'),
        ],
    )
)
