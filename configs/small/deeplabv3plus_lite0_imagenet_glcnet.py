"""DeepLabV3+ on EfficientNet-Lite0 for small machines, from ImageNet, then GLCNet.

python tools/train.py configs/small/glcnet_lite0_imagenet.py
python tools/train.py configs/small/deeplabv3plus_lite0_imagenet_glcnet.py
"""

_base_ = './deeplabv3plus_lite0.py'
custom_hooks = [
    *_base_.custom_hooks,
    dict(
        type='LoadPretrainedHook',
        checkpoint='work_dirs/glcnet_lite0_imagenet/iter_1200.pth',
        level='encoder',
    ),
]
