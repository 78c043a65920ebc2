# LoveDA, unlabelled, as many windows per epoch as Potsdam has tiles.
_base_ = './potsdam_views.py'
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='LovedaDataset',
        data_root='data/loveda',
        split='train',
        labelled=False,
        window=256,
        sampling=dict(num_windows=13824),
        pipeline=_base_.train_dataloader.dataset.pipeline,
    )
)
