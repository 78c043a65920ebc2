# Unlabelled windows of the generated sample, two views of 96 px.
_base_ = ['../views/glcnet_96px.py', './sample.py', './views_loader.py']
train_dataloader = dict(
    dataset=dict(
        type='WindowDataset',
        data_root=_base_.data_root,
        images=['unlabelled/images', 'train/images'],
        window=128,
        sampling=dict(num_windows=6400, max_invalid_share=0.2),
        pipeline=[
            dict(type='LoadRaster'),
            dict(
                type='MakeViews',
                value_range=_base_.value_range,
                views=[_base_.view1, _base_.view2],
            ),
            dict(type='PackViews'),
        ],
    ),
)
