# Unlabelled windows of YESeg-OPT-SAR, two views of 224 px.
_base_ = '../views/optical_sar.py'
train_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='PerSampleSampler'),
    collate_fn=dict(type='stack_samples'),
    dataset=dict(
        type='YesegOptSarDataset',
        data_root='data/yeseg_opt_sar',
        labelled=False,
        window=256,
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='MakeViews', views=[_base_.view1, _base_.view2]),
            dict(type='PackViews'),
        ],
    ),
)
