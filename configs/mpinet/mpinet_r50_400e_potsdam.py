"""MPINet (Adv. Space Res. 2025) on ISPRS Potsdam: pixels and images of fused maps.

    python tools/train.py configs/mpinet/mpinet_r50_400e_potsdam.py

The published form, as far as its code tells:

    --cfg-options model.match=features model.frequency=views \
        model.shared_fusion=True model.neck.grid=7 model.neck.antialias=False \
        model.frequency_loss.ave_spectrum=True \
        model.frequency_loss.batch_matrix=True model.queue_len=65536
"""

_base_ = [
    '../_base_/models/mpinet_r50.py',
    '../_base_/datasets/potsdam_views.py',
    '../_base_/views/mpinet.py',
    '../_base_/schedules/glcnet_400e.py',
    '../_base_/default_runtime.py',
]
train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='MakeViews', crop=256, views=[_base_.side, _base_.side]),
            dict(type='PackViews'),
        ]
    )
)
optim_wrapper = dict(
    type='OptimWrapper',  # as published: float32
    optimizer=dict(
        _delete_=True, type='SGD', lr=0.0075, momentum=0.9, weight_decay=1e-4
    ),
)
