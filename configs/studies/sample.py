"""Does pre-training help on the generated sample, and which?

python tools/make_sample.py data/sample
python tools/label_efficiency.py configs/studies/sample.py --dry-run
python tools/label_efficiency.py configs/studies/sample.py --jobs 2
"""

_base_ = '../_base_/datasets/sample.py'
labels = dict(
    type='WindowDataset',
    data_root=_base_.data_root,
    classes=_base_.classes,
    palette=_base_.palette,
    window=64,
)
data = dict(
    labelled=dict(images='train/images', labels='train/labels', **labels),
    test=dict(images='test/images', labels='test/labels', **labels),
    unlabelled=dict(
        type='WindowDataset',
        data_root=_base_.data_root,
        images=['unlabelled/images', 'train/images'],
        window=128,
        num_windows=6400,
        max_invalid_share=0.2,
    ),
    mean=_base_.mean,
    std=_base_.std,
    value_range=_base_.value_range,
)
methods = {
    'Random': dict(),
    'SimCLR': dict(config='configs/small/simclr.py'),
    'MoCo v2': dict(config='configs/small/moco.py'),
    'Jigsaw': dict(config='configs/small/jigsaw.py'),
    'Inpainting': dict(config='configs/small/inpainting.py'),
    'GLCNet': dict(config='configs/small/glcnet.py'),
}
fractions = [0.08, 1.0]
seeds = [0, 1, 2]
pretraining = dict(iterations=300, batch_size=64)
finetuning = dict(
    config='configs/small/deeplabv3plus.py', iterations=150, batch_size=16
)
