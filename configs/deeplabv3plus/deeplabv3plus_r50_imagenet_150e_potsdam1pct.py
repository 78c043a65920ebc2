"""DeepLabV3+ from an ImageNet backbone on 1 % of Potsdam's labels.

    python tools/train.py \
        configs/deeplabv3plus/deeplabv3plus_r50_imagenet_150e_potsdam1pct.py

Nothing is downloaded. Make the file once where there is a network, in Python:

    import torch, torchvision
    model = torchvision.models.resnet50(weights='IMAGENET1K_V2')
    torch.save(model.state_dict(), 'weights/resnet50_imagenet.pth')

A ResNet-50 of mmpretrain does as well. The three bands of its stem become four.
"""

_base_ = './deeplabv3plus_r50_random_150e_potsdam1pct.py'
custom_hooks = [
    dict(type='ExactResumeHook'),
    dict(type='DataSummaryHook'),
    dict(
        type='LoadPretrainedHook',
        checkpoint='weights/resnet50_imagenet.pth',
        level='backbone',
        inflate_stem=True,
    ),
]
