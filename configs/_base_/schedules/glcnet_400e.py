# 400 epochs of Adam with a cosine; the code's learning rate, a tenth of the paper's.
optim_wrapper = dict(
    type='Bfloat16OptimWrapper',
    optimizer=dict(type='Adam', lr=0.001, betas=(0.9, 0.99), weight_decay=1e-5),
)
param_scheduler = dict(
    type='CosineAnnealingLR', T_max=400, eta_min=4e-8, by_epoch=True, end=400
)
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=400)
default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(
        type='SafeCheckpointHook',
        interval=10,
        by_epoch=True,
        max_keep_ckpts=2,
        save_last=True,
    ),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    dead_taps=dict(type='DeadTapsHook'),
)
custom_hooks = [
    dict(type='ExactResumeHook'),
    dict(type='DataSummaryHook'),
    dict(type='CollapseMonitorHook', interval=50),
    dict(type='ViewRegionHook', interval=2000),
]
