# LoveDA: 1 % of the training windows, all of the validation images to test on.
_base_ = './potsdam_1pct.py'
data_root = 'data/loveda'
load = [dict(type='LoadRaster'), dict(type='LoadLabel')]
augment = dict(
    type='AugmentWindow', geometry=_base_.geometry, photometry=_base_.photometry
)
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='LovedaDataset',
        data_root=data_root,
        split='train',
        window=256,
        sampling=dict(windows_file=f'{data_root}/windows_1pct_seed0.tsv'),
        pipeline=[*load, augment, dict(type='PackWindow')],
    )
)
test_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='LovedaDataset',
        data_root=data_root,
        split='val',
        window=256,
        pipeline=[*load, dict(type='PackWindow')],
    )
)
