# ISPRS Potsdam by the authors' lists: 138 labelled tiles to learn from, 1500 to test.
_base_ = '../augment/one_view.py'
data_root = 'data/potsdam'
train_dataloader = dict(
    batch_size=16,
    num_workers=4,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='PerSampleSampler'),
    collate_fn=dict(type='stack_samples'),
    dataset=dict(
        type='PotsdamTilesDataset',
        data_root=data_root,
        split='trainR1',
        dtype='RGBIR',
        window=256,
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='LoadLabel'),
            dict(
                type='AugmentWindow',
                geometry=_base_.geometry,
                photometry=_base_.photometry_rgbir,
            ),
            dict(type='PackWindow'),
        ],
    ),
)
test_dataloader = dict(
    batch_size=16,
    num_workers=4,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='PotsdamTilesDataset',
        data_root=data_root,
        split='valR1500',
        dtype='RGBIR',
        window=256,
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='LoadLabel'),
            dict(type='PackWindow'),
        ],
    ),
)
