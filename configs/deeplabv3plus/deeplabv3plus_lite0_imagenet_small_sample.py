"""DeepLabV3+ on EfficientNet-Lite0 for small machines, from ImageNet.

    python tools/train.py \
        configs/deeplabv3plus/deeplabv3plus_lite0_imagenet_small_sample.py

How to get the weights: configs/glcnet/glcnet_lite0-imagenet_small_sample.py.
"""

_base_ = './deeplabv3plus_lite0_random_small_sample.py'
custom_hooks = [
    *_base_.custom_hooks,
    dict(
        type='LoadPretrainedHook',
        checkpoint='weights/efficientnet_lite0_imagenet.pth',
        level='backbone',
        inflate_stem=True,
    ),
]
