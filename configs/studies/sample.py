"""Methods and label fractions on the generated sample.

python tools/make_sample.py data/sample
python tools/label_efficiency.py configs/studies/sample.py --dry-run
python tools/label_efficiency.py configs/studies/sample.py --jobs 2
"""

_base_ = ['../_base_/studies/small_methods.py', '../_base_/datasets/sample.py']
labels = dict(
    type='WindowDataset',
    data_root=_base_.data_root,
    classes=_base_.classes,
    palette=_base_.palette,
    window=96,
)
data = dict(
    labelled=dict(images='train/images', labels='train/labels', **labels),
    test=dict(images='test/images', labels='test/labels', **labels),
    unlabelled=dict(
        type='WindowDataset',
        data_root=_base_.data_root,
        images=['unlabelled/images', 'train/images'],
        window=128,
        sampling=dict(num_windows=6400, max_invalid_share=0.2),
    ),
    mean=_base_.mean,
    std=_base_.std,
    value_range=_base_.value_range,
)
# The sample has 128 labelled windows.
fractions = [0.05, 0.2, 1.0]
seeds = [0, 1, 2]
