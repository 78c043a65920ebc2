"""UPerNet on a small Swin-T from GLCNet's weights; all else equals the random start.

python tools/train.py configs/glcnet/glcnet_swin-t_small_sample.py
python tools/train.py configs/upernet/upernet_swin-t_glcnet_small_sample.py
"""

_base_ = './upernet_swin-t_random_small_sample.py'
custom_hooks = [
    *_base_.custom_hooks,
    dict(
        type='LoadPretrainedHook',
        checkpoint='work_dirs/glcnet_swin-t_small_sample/iter_1200.pth',
        level='decoder',
    ),
]
