# ISPRS Potsdam for multi-task pre-training.
_base_ = ['./potsdam_views.py', '../views/multitask.py']
train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='MakeViews', views=[_base_.view]),
            _base_.distort,
            _base_.change,
            dict(type='PackViews'),
        ]
    )
)
