# WHU-OPT-SAR: 1 % of the training windows, all of the test scenes, the publisher's.
_base_ = './potsdam_1pct.py'
data_root = 'data/whu_opt_sar'
load = [dict(type='LoadRaster'), dict(type='LoadLabel')]
augment = dict(
    type='AugmentWindow',
    geometry=_base_.geometry,
    photometry=[
        *_base_.photometry,
        dict(type='GainSpeckle', bands=[4], domain='amplitude', looks=20, p=0.5),
    ],
)
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='WhuOptSarDataset',
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
        type='WhuOptSarDataset',
        data_root=data_root,
        split='test',
        window=256,
        pipeline=[*load, dict(type='PackWindow')],
    )
)
