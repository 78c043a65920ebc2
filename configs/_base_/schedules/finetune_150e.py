# 150 epochs of Adam, x0.98 per epoch. No validation: the test set selects nothing, and
# of 138 labelled tiles none can be spared; the last weights are the result.
optim_wrapper = dict(
    type='Bfloat16OptimWrapper',
    optimizer=dict(type='Adam', lr=0.0001, betas=(0.9, 0.99), weight_decay=1e-5),
)
param_scheduler = dict(type='ExponentialLR', gamma=0.98, by_epoch=True)
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=150)
test_cfg = dict(type='TestLoop')
test_evaluator = dict(type='ConfusionMatrixMetric')
default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=10),
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
custom_hooks = [dict(type='ExactResumeHook'), dict(type='DataSummaryHook')]
