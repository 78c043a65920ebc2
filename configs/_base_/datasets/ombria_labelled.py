# Windows of OMBRIA with their flood masks, all bands.
_base_ = ['../augment/one_view.py', './ombria.py', './labelled_loaders.py']
window = 96
photometry_optical_sar = [
    *_base_.photometry,
    dict(_base_.sar_changes, bands=[3], looks=20, p=0.5),
]
train_dataloader = dict(
    dataset=dict(
        type='OmbriaDataset',
        data_root=_base_.data_root,
        window=window,
        # Three windows side by side fit into a place of 256 px.
        sampling=dict(stride=80),
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='LoadLabel'),
            dict(
                type='AugmentWindow',
                geometry=_base_.geometry,
                photometry=photometry_optical_sar,
            ),
            dict(type='PackWindow'),
        ],
    ),
)
test_dataloader = dict(
    dataset=dict(
        type='OmbriaDataset',
        data_root=_base_.data_root,
        split='test',
        window=window,
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='LoadLabel'),
            dict(type='PackWindow'),
        ],
    ),
)
