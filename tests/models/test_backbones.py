"""Any backbone and decode head of mmseg and mmpretrain, mixed as they fit."""

import pytest
import torch
from mmengine.registry import MODELS

from tests.base_models import same_views

BN = dict(type='BN', requires_grad=True)
LN = dict(type='LN')
OS16 = dict(
    strides=(1, 2, 2, 1), dilations=(1, 1, 1, 2), contract_dilation=False, norm_cfg=BN
)
BRANCH = dict(num_blocks=(1,), num_channels=(64,))
HRNET = dict(
    stage1=dict(num_modules=1, num_branches=1, block='BOTTLENECK', **BRANCH),
    stage2=dict(
        num_modules=1, num_branches=2, block='BASIC', num_blocks=(1, 1),
        num_channels=(18, 36),
    ),
    stage3=dict(
        num_modules=1, num_branches=3, block='BASIC', num_blocks=(1,) * 3,
        num_channels=(18, 36, 72),
    ),
    stage4=dict(
        num_modules=1, num_branches=4, block='BASIC', num_blocks=(1,) * 4,
        num_channels=(18, 36, 72, 144),
    ),
)  # fmt: skip
PYRAMID = (0, 1, 2, 3)
BACKBONES = dict(
    resnet18=(dict(type='ResNet', depth=18, **OS16), (64, 128, 256, 512)),
    resnet50=(dict(type='ResNet', depth=50, **OS16), (256, 512, 1024, 2048)),
    resnext50=(
        dict(type='ResNeXt', depth=50, groups=32, base_width=4, **OS16),
        (256, 512, 1024, 2048),
    ),
    hrnet18=(dict(type='HRNet', extra=HRNET, norm_cfg=BN), (18, 36, 72, 144)),
    mobilenetv3=(
        dict(type='MobileNetV3', arch='large', out_indices=(1, 3, 16), norm_cfg=BN),
        (16, 24, 960),
    ),
    swin_t=(
        dict(type='SwinTransformer', depths=(2, 2, 6, 2), num_heads=(3, 6, 12, 24)),
        (96, 192, 384, 768),
    ),
    convnext_t=(
        dict(
            type='mmpretrain.ConvNeXt', arch='tiny', out_indices=PYRAMID,
            gap_before_final_norm=False,
        ),
        (96, 192, 384, 768),
    ),
    mit_b0=(
        dict(
            type='MixVisionTransformer', embed_dims=32, num_layers=(2, 2, 2, 2),
            num_heads=(1, 2, 5, 8), patch_sizes=(7, 3, 3, 3), sr_ratios=(8, 4, 2, 1),
            out_indices=PYRAMID, mlp_ratio=4, qkv_bias=True, drop_path_rate=0.1,
        ),
        (32, 64, 160, 256),
    ),
)  # fmt: skip


def with_bands(config, bands):
    if config['type'] == 'MobileNetV3':  # it has no argument for the bands
        return dict(type='MultiBandBackbone', bands=bands, backbone=config)
    return dict(config, in_channels=bands)


def head_config(head, widths):
    """Config of the head, name of its encoder map and that map's width."""
    base = dict(type=head, norm_cfg=BN, channels=16, align_corners=True)
    last = dict(in_channels=widths[-1], in_index=-1, **base)
    pyramid = dict(in_channels=list(widths), in_index=list(range(len(widths))), **base)
    aspp = dict(dilations=(1, 2, 3), c1_in_channels=widths[0], c1_channels=8, **last)
    return dict(
        DeepLabV3PlusHead=(aspp, 'bottleneck', 16),
        DepthwiseSeparableASPPHead=(aspp, 'bottleneck', 16),
        UPerHead=(dict(pool_scales=(1, 2), **pyramid), 'bottleneck', 16),
        SegformerHead=(pyramid, None, widths[-1]),
        FCNHead=(dict(num_convs=1, **last), None, widths[-1]),
    )[head]


HEADS = (
    'DeepLabV3PlusHead',
    'DepthwiseSeparableASPPHead',
    'UPerHead',
    'SegformerHead',
    'FCNHead',
)
PAIRS = [(name, 'DeepLabV3PlusHead') for name in BACKBONES]
PAIRS += [('resnet18', head) for head in HEADS[1:]]
PAIRS += [('swin_t', 'UPerHead'), ('mit_b0', 'SegformerHead'), ('hrnet18', 'FCNHead')]


@pytest.mark.parametrize('backbone, head', PAIRS)
def test_pretraining_builds_and_every_parameter_learns(backbone, head):
    config, widths = BACKBONES[backbone]
    decode_head, context, context_width = head_config(head, widths)
    loss = dict(type='NTXentLoss')
    model = MODELS.build(
        dict(
            type='GLCNet',
            data_preprocessor=dict(type='MultiBandPreprocessor', mean=0.0, std=1.0),
            backbone=with_bands(config, 5),
            neck=dict(type='SegHeadNeck', decode_head=decode_head, context=context),
            global_head=dict(
                type='GlobalStyleHead',
                in_channels=context_width,
                hidden_channels=16,
                embedding_channels=8,
                pool=dict(type='StylePool'),
                contrast=loss,
            ),
            local_head=dict(
                type='LocalMatchingHead',
                in_channels=16,
                embedding_channels=8,
                regions=2,
                side=16,
                contrast=loss,
            ),
        )
    )
    model.train()
    views = [torch.randn(2, 5, 64, 64) for _ in range(2)]
    losses = model.loss(views, same_views(2))
    total, _ = model.parse_losses(losses)
    total.backward()
    assert torch.isfinite(total)
    if head == 'UPerHead' or not {'swin', 'convnext'} & set(backbone.split('_')):
        unread = ()
    else:
        unread = ('backbone.norm1', 'backbone.norm2')
    silent = [n for n, p in model.named_parameters() if p.grad is None]
    # Of HRNet's last fusion, and of the norms of maps that a head does not read,
    # nothing can learn.
    allowed = ('backbone.stage4.0.fuse_layers', *unread)
    assert all(n.startswith(allowed) for n in silent), silent
