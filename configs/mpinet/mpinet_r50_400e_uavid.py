"""MPINet (Adv. Space Res. 2025) on UAVid, 3 bands.

    python tools/train.py configs/mpinet/mpinet_r50_400e_uavid.py

The recipe is that of Potsdam; not yet run here. The data: docs/sets.md.
"""

_base_ = './mpinet_r50_400e_potsdam.py'
optim_wrapper = dict(type='Bfloat16OptimWrapper')
model = dict(backbone=dict(in_channels=3))
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='UAVidDataset',
        data_root='data/uavid',
        split='train',
        labelled=False,
        window=256,
        sampling=dict(num_windows=13824),
        pipeline=_base_.train_dataloader.dataset.pipeline,
    )
)
