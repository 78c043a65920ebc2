# What every run shares. `custom_imports` makes the stock tools know the package.
default_scope = 'mmseg'
custom_imports = dict(imports=['glcnet_mm'], allow_failed_imports=False)
# A short terminal, a full log file.
runner_type = 'ReadableRunner'
env_cfg = dict(
    cudnn_benchmark=True,
    # On GPUs, products in float32 of factors rounded to 10 bits; False for all 23.
    tf32=True,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    # A process that does not answer for so many seconds ends the run.
    dist_cfg=dict(backend='nccl', timeout=1800),
)
# Batch norm by default; synchronised only under a distributed launch on GPUs.
model_wrapper_cfg = dict(type='GpuSyncBNDistributedDataParallel')
randomness = dict(seed=0)
vis_backends = [dict(type='LocalVisBackend'), dict(type='TensorboardVisBackend')]
visualizer = dict(
    type='SegLocalVisualizer', vis_backends=vis_backends, name='visualizer'
)
log_level = 'INFO'
load_from = None
resume = False
