# Unlabelled windows of OMBRIA, two views of 96 px of all bands.
_base_ = ['../views/optical_sar_96px.py', './ombria.py', './views_loader.py']
sar_photometry = [dict(_base_.sar_changes, bands=[3], looks=10, p=0.8)]
view2 = dict(_base_.view2, photometry=[*_base_.optical_photometry, *sar_photometry])
train_dataloader = dict(
    dataset=dict(
        type='OmbriaDataset',
        data_root=_base_.data_root,
        labelled=False,
        window=128,
        sampling=dict(num_windows=6400),
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='MakeViews', views=[_base_.view1, view2]),
            dict(type='PackViews'),
        ],
    ),
)
