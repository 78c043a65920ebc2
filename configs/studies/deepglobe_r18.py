"""GLCNet and SimCLR from random weights on DeepGlobe, for a net that needs few pairs.

    python tools/label_efficiency.py configs/studies/deepglobe_r18.py --dry-run
    python tools/label_efficiency.py configs/studies/deepglobe_r18.py

The tiles, windows and draws of deepglobe.py; ResNet-18 of half its width instead of
EfficientNet-Lite0, for nobody has ImageNet weights of it, and half as many pairs again.
"""

_base_ = './deepglobe.py'
glcnet = 'configs/glcnet/glcnet_r18_small_sample.py'
# A third more pairs in half the batch: 2.7 times the steps.
more_steps = {
    'train_dataloader.batch_size': 32,
    'train_cfg.max_iters': 4000,
    'param_scheduler.T_max': 4000,
    'param_scheduler.end': 4000,
}
# What the probes of deepglobe_contrast.py liked beside length.
colder = {
    'model.global_head.contrast.temperature': 0.2,
    'model.local_head.contrast.temperature': 0.2,
}
methods = {
    '_delete_': True,
    'Random': dict(),
    'GLCNet': dict(config=glcnet, level='decoder123'),
    'GLCNet, more steps': dict(config=glcnet, level='decoder123', options=more_steps),
    'GLCNet, more steps, temperature 0.2': dict(
        config=glcnet, level='decoder123', options={**more_steps, **colder}
    ),
    'SimCLR, more steps': dict(
        config='configs/simclr/simclr_r18_small_sample.py',
        level='encoder',
        options=more_steps,
    ),
}
pretraining = dict(iterations=1500)
finetuning = dict(
    config='configs/deeplabv3plus/deeplabv3plus_r18_random_small_sample.py',
    iterations=800,
)
