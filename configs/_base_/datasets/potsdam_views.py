# ISPRS Potsdam, unlabelled, in the layout of the GLCNet authors: 256-px tiles, 4 bands.
_base_ = '../views/glcnet.py'
data_root = 'data/potsdam'
train_dataloader = dict(
    batch_size=64,
    num_workers=8,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='PerSampleSampler'),
    collate_fn=dict(type='stack_samples'),
    dataset=dict(
        type='PotsdamTilesDataset',
        data_root=data_root,
        split='train',
        dtype='RGBIR',
        labelled=False,
        window=256,
        pipeline=[
            dict(type='LoadRaster'),
            dict(
                type='MakeViews',
                crop=256,
                value_range=(0, 255),
                views=[_base_.view1, _base_.view2],
            ),
            dict(type='PackViews'),
        ],
    ),
)
