"""Key styles: what other projects call the weights of an mm segmentor."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from torch import Tensor

from ...errors import UserError


class KeyStyle(NamedTuple):
    """How one project names weights.

    Args:
        prefix: Pattern of what may stand before every name and is dropped.
        names: ``(pattern, name)``: the beginnings of names, there and in an mm
            segmentor; the first that matches counts, what follows it stays.
        pool_last: ASPP's image pooling is the last input of the bottleneck, not the
            first.
    """

    prefix: str
    names: tuple[tuple[str, str], ...]
    pool_last: bool = False


# A plain ResNet's own names, which torchvision, timm and mm share.
RESNET = r'(?=conv1\.weight$|bn1\.|layer[1-4]\.)'

# Where mmseg's and mmpretrain's TIMMBackbone has its network.
TIMM = 'backbone.timm_model.'
# Blocks of each stage of EfficientNet-B0 and -Lite0; the port below counts through all.
STAGES = (1, 2, 2, 3, 3, 4, 1)
# Its parts of a block, and timm's: of the first one, which does not expand, and others.
FIRST_BLOCK = {
    '_depthwise_conv': 'conv_dw',
    '_bn1': 'bn1',
    '_project_conv': 'conv_pw',
    '_bn2': 'bn2',
}
BLOCK = {
    '_expand_conv': 'conv_pw',
    '_bn0': 'bn1',
    '_depthwise_conv': 'conv_dw',
    '_bn1': 'bn2',
    '_project_conv': 'conv_pwl',
    '_bn2': 'bn3',
}


def _efficientnet_blocks() -> tuple[tuple[str, str], ...]:
    """Rules from blocks counted through to blocks counted by stage."""
    places = [
        f'{stage}.{block}' for stage, n in enumerate(STAGES) for block in range(n)
    ]
    return tuple(
        (rf'_blocks\.{number}\.{old}\.', f'{TIMM}blocks.{place}.{new}.')
        for number, place in enumerate(places)
        for old, new in (BLOCK if number else FIRST_BLOCK).items()
    )


def _atrous_convolutions() -> tuple[tuple[str, str], ...]:
    """Rules of grsim's ASPP: four convolutions counted from 1, each with its norm."""
    return tuple(
        (
            rf'encoder(_ft)?\.ASPP\._atrous_convolution{branch + 1}\.{layer}\.',
            f'decode_head.aspp_modules.{branch}.{part}.',
        )
        for branch in range(4)
        for layer, part in enumerate(('conv', 'bn'))
    )


# Among styles that know equally many names of a file, "auto" takes the first.
KEY_STYLES = {
    # mmseg, mmpretrain and this package, whose pre-training has the head in its neck.
    'mm': KeyStyle(
        r'(module\.)?',
        (
            (r'backbone\.(?!\d)', 'backbone.'),
            (r'(neck\.)?decode_head\.', 'decode_head.'),
        ),
    ),
    'torchvision': KeyStyle(r'(module\.)?', ((RESNET, 'backbone.'),)),
    # Published weights are timm's; its tasks save under model, backbone and encoder.
    'torchgeo': KeyStyle(
        r'(module\.)?(model\.)?((backbone|encoder)\.)?(model\.)?',
        ((RESNET, 'backbone.'),),
    ),
    # GeoX-Lab/G-RSIM, T-SS-GLCNet/models: "_ft" marks what its fine-tuning starts at
    # random, "t" likewise; its MoCo has the network under encoder_q; "conv41" and
    # "proj" belong to the pre-training alone.
    'grsim': KeyStyle(
        r'(module\.)?(encoder_q\.)?',
        (
            (rf'backbone\.{RESNET}', 'backbone.'),
            (
                r'encoder(_ft)?\.ASPP\._image_pool\.1\.',
                'decode_head.image_pool.1.conv.',
            ),
            (r'encoder(_ft)?\.ASPP\._image_pool\.2\.', 'decode_head.image_pool.1.bn.'),
            *_atrous_convolutions(),
            (r'encoder(_ft)?\.conv1\.', 'decode_head.bottleneck.conv.'),
            (r'encoder(_ft)?\.bn1\.', 'decode_head.bottleneck.bn.'),
            (r'decoder(_ft)?\.conv1\.', 'decode_head.c1_bottleneck.conv.'),
            (r'decoder(_ft)?\.bn1\.', 'decode_head.c1_bottleneck.bn.'),
            (r'decoder(_ft)?\.conv2\.', 'decode_head.decoder.0.conv.'),
            (r'decoder(_ft)?\.bn2\.', 'decode_head.decoder.0.bn.'),
            (r'decoder(_ft)?\.conv3t?\.', 'decode_head.decoder.1.conv.'),
            (r'decoder(_ft)?\.bn3t?\.', 'decode_head.decoder.1.bn.'),
            (r'decoder(_ft)?\.conv4\.', 'decode_head.conv_seg.'),
        ),
        pool_last=True,
    ),
    # The children of torchvision's ResNet by number, or the ResNet itself.
    'lightly': KeyStyle(
        r'(module\.)?(model\.)?(student_)?backbone\.',
        (
            (r'0\.', 'backbone.conv1.'),
            (r'1\.', 'backbone.bn1.'),
            (r'4\.', 'backbone.layer1.'),
            (r'5\.', 'backbone.layer2.'),
            (r'6\.', 'backbone.layer3.'),
            (r'7\.', 'backbone.layer4.'),
            (RESNET, 'backbone.'),
        ),
    ),
    # encoder_q of versions 1 and 2, base_encoder of version 3; momentum and queue stay.
    'moco': KeyStyle(
        r'(module\.)?(encoder_q|base_encoder)\.', ((RESNET, 'backbone.'),)
    ),
    # For TIMMBackbone: ResNets, EfficientNets, MobileNets and ConvNeXts, whose stages
    # timm numbers another way where it gives their maps.
    'timm': KeyStyle(
        r'(module\.)?',
        (
            (rf'(?:{RESNET}|(?=(conv_stem|bn1|bn2|conv_head|blocks)\.))', TIMM),
            (r'stem\.(?=\d)', f'{TIMM}stem_'),
            (r'stages\.(?=\d)', f'{TIMM}stages_'),
            (r'(?=classifier\.)', TIMM),
        ),
    ),
    # EfficientNet-B0's and -Lite0's names in lukemelas/EfficientNet-PyTorch.
    'efficientnet': KeyStyle(
        r'(module\.)?',
        (
            (r'_conv_stem\.', f'{TIMM}conv_stem.'),
            (r'_bn0\.', f'{TIMM}bn1.'),
            *_efficientnet_blocks(),
            (r'_conv_head\.', f'{TIMM}conv_head.'),
            (r'_bn1\.', f'{TIMM}bn2.'),
            (r'_fc\.', f'{TIMM}classifier.'),
        ),
    ),
}
BOTTLENECK = 'decode_head.bottleneck.conv.weight'
ASPP_BRANCHES = 5


class Translation(NamedTuple):
    """Weights under their names in an mm segmentor.

    Args:
        style: The key style they had.
        weights: ``{name: tensor}``.
        unknown: Names that the style does not know and leaves as they are: classifiers,
            projections, queues.
    """

    style: str
    weights: dict[str, Tensor]
    unknown: list[str]


def translate(
    weights: Mapping[str, Tensor], style: str = 'auto', source: str = 'The checkpoint'
) -> Translation:
    """Gives the weights of a checkpoint their names in an mm segmentor.

    Args:
        weights: Those of ``read_checkpoint``.
        style: A key of ``KEY_STYLES``, or ``auto`` for the one that knows the most.
        source: What error messages call the checkpoint, its path.

    Raises:
        UserError: There is no such style, another one fits the file better, or two
            weights get the same name.
    """
    if style not in ('auto', *KEY_STYLES):
        raise UserError(
            f'There is no key style "{style}"; choose one of auto, '
            f'{", ".join(KEY_STYLES)}.'
        )
    found = {name: _mm_names(weights, name) for name in KEY_STYLES}
    known = {name: len(set(names.values())) for name, names in found.items()}
    best = max(known, key=known.__getitem__)
    chosen = best if style == 'auto' else style
    if known[chosen] < known[best]:
        raise UserError(
            f'{source} is not of the key style "{chosen}", which knows '
            f'{known[chosen]} of its {len(weights)} names ({next(iter(weights))}, '
            f'...); "{best}" fits and knows {known[best]}, so give style="{best}".'
        )
    names = found[chosen]
    translated = {}
    for key, value in weights.items():
        name = names.get(key, key)
        if name in translated:
            raise UserError(
                f'{source} holds {name} more than once in the key style "{chosen}" '
                f'({key} is one); give a file of a single network.'
            )
        translated[name] = value
    if KEY_STYLES[chosen].pool_last and BOTTLENECK in translated:
        width = translated[BOTTLENECK].shape[1] // ASPP_BRANCHES
        translated[BOTTLENECK] = translated[BOTTLENECK].roll(width, 1)
    return Translation(chosen, translated, [k for k in weights if k not in names])


def _mm_names(keys: Mapping[str, Tensor], style: str) -> dict[str, str]:
    """``{key: name in an mm segmentor}`` of the keys that the style knows."""
    prefix, names, _ = KEY_STYLES[style]
    rules = [(re.compile(prefix + pattern), name) for pattern, name in names]
    found = {}
    for key in keys:
        for pattern, name in rules:
            if match := pattern.match(key):
                found[key] = name + key[match.end() :]
                break
    return found
