# YESeg-OPT-SAR: 1 % of the training windows, all of the test tiles; the set has no
# official division, so both are files of tools/make_splits.py.
_base_ = './whu_opt_sar_1pct.py'
data_root = 'data/yeseg_opt_sar'
augment = dict(
    _base_.augment,
    photometry=[
        *_base_.photometry,
        dict(type='GainSpeckle', bands=[3], domain='amplitude', looks=20, p=0.5),
    ],
)
labelled = dict(type='YesegOptSarDataset', data_root=data_root, window=256)
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        **labelled,
        sampling=dict(windows_file=f'{data_root}/splits/train_1pct_seed0.tsv'),
        pipeline=[*_base_.load, augment, dict(type='PackWindow')],
    )
)
test_dataloader = dict(
    dataset=dict(
        _delete_=True,
        **labelled,
        sampling=dict(windows_file=f'{data_root}/splits/test.tsv'),
        pipeline=[*_base_.load, dict(type='PackWindow')],
    )
)
