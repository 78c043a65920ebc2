"""Methods and label fractions on the Dubai aerial images, split by area.

    python tools/label_efficiency.py configs/studies/dubai.py --dry-run
    python tools/label_efficiency.py configs/studies/dubai.py --jobs 2

Every fourth test window of areas 7 and 8 is scored.
"""

_base_ = '../_base_/studies/small_methods.py'
dubai = dict(type='DubaiDataset', data_root='data/dubai_aerial')
learnt = [1, 2, 3, 4, 5, 6]
# Labelled windows are of the size of the pre-training's views.
data = dict(
    labelled=dict(areas=learnt, window=96, **dubai),
    test=dict(areas=[7, 8], window=96, sampling=dict(stride=192), **dubai),
    unlabelled=dict(
        areas=learnt,
        labelled=False,
        window=128,
        sampling=dict(num_windows=6400),
        **dubai,
    ),
)
seeds = [0, 1, 2]
