# A short run counted in iterations, for small sets and small machines.
iterations = 1200
optim_wrapper = dict(
    type='Bfloat16OptimWrapper',
    optimizer=dict(type='Adam', lr=0.001, betas=(0.9, 0.99), weight_decay=1e-5),
)
param_scheduler = dict(
    type='CosineAnnealingLR',
    T_max=iterations,
    eta_min=4e-8,
    by_epoch=False,
    end=iterations,
)
train_cfg = dict(type='IterBasedTrainLoop', max_iters=iterations)
log_processor = dict(by_epoch=False)
default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=20, log_metric_by_epoch=False),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(
        type='SafeCheckpointHook',
        interval=200,
        by_epoch=False,
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
    dict(type='ViewRegionHook', interval=500),
]
