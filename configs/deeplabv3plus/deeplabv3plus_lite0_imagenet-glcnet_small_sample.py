"""DeepLabV3+ on EfficientNet-Lite0 for small machines, from ImageNet, then GLCNet.

python tools/train.py configs/glcnet/glcnet_lite0-imagenet_small_sample.py
python tools/train.py \
    configs/deeplabv3plus/deeplabv3plus_lite0_imagenet-glcnet_small_sample.py
"""

_base_ = './deeplabv3plus_lite0_random_small_sample.py'
custom_hooks = [
    *_base_.custom_hooks,
    dict(
        type='LoadPretrainedHook',
        checkpoint='work_dirs/glcnet_lite0-imagenet_small_sample/iter_1200.pth',
        level='encoder',
    ),
]
