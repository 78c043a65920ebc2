"""DeepLabV3+ on EfficientNet-Lite0 for small machines, from ImageNet.

    python tools/train.py configs/small/deeplabv3plus_lite0_imagenet.py

How to get the weights: configs/small/glcnet_lite0_imagenet.py.
"""

_base_ = './deeplabv3plus_lite0.py'
custom_hooks = [
    *_base_.custom_hooks,
    dict(
        type='LoadPretrainedHook',
        checkpoint='weights/efficientnet_lite0_imagenet.pth',
        level='backbone',
        inflate_stem=True,
    ),
]
