"""Multi-task pre-training (Li, Chen, Shi, JSTARS 2021) on ISPRS Vaihingen, 3 bands.

    python tools/train.py configs/multitask/multitask_r50_400e_vaihingen.py

The recipe is that of Potsdam; not yet run here. The data: docs/sets.md.
"""

_base_ = './multitask_r50_400e_potsdam.py'
optim_wrapper = dict(type='Bfloat16OptimWrapper')
model = dict(
    backbone=dict(in_channels=3),
    restoration_head=dict(bands=3),
)
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='VaihingenDataset',
        data_root='data/vaihingen',
        split='train',
        labelled=False,
        window=256,
        sampling=dict(num_windows=13824),
        pipeline=_base_.train_dataloader.dataset.pipeline,
    )
)
