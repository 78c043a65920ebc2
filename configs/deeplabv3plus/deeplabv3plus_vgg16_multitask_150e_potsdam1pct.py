"""DeepLabV3+ on VGG-16 from multi-task pre-training, 1 % of Potsdam's labels.

python tools/train.py \
    configs/deeplabv3plus/deeplabv3plus_vgg16_multitask_150e_potsdam1pct.py

The decoder refines the map at stride 4; the encoder map is that at stride 16.
"""

_base_ = './deeplabv3plus_r50_random_150e_potsdam1pct.py'
model = dict(
    backbone=dict(
        _delete_=True,
        type='MultiBandBackbone',
        bands=4,
        backbone=dict(
            type='mmpretrain.VGG',
            depth=16,
            out_indices=(1, 4),
            dilations=(1, 1, 1, 1, 2),
            norm_cfg=dict(type='BN', requires_grad=True),
            with_last_pool=False,
        ),
    ),
    decode_head=dict(in_channels=512, c1_in_channels=128),
)
custom_hooks = [
    dict(type='ExactResumeHook'),
    dict(type='DataSummaryHook'),
    dict(
        type='LoadPretrainedHook',
        checkpoint='work_dirs/multitask_vgg16_400e_potsdam/epoch_400.pth',
        level='backbone',
    ),
]
