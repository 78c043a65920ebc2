"""Methods and label fractions on four-band Sentinel-2 scenes, split by scene.

    python tools/stack_bands.py data/india_rgb_nir/stack \
        data/india_rgb_nir/images:1,2,3 data/india_rgb_nir/images_IR:1
    python tools/label_efficiency.py configs/studies/india.py --dry-run
    python tools/label_efficiency.py configs/studies/india.py --jobs 2

Every fourth test window is scored.
"""

_base_ = '../_base_/studies/small_methods.py'
india = dict(type='IndiaDataset', data_root='data/india_rgb_nir')
learnt = [1, 5, 9, 13, 21, 25, 29, 44, 48, 56, 68, 74, 80, 84, 88, 100]
# Labelled windows are of the size of the pre-training's views.
data = dict(
    labelled=dict(scenes=learnt, window=96, **india),
    test=dict(
        scenes=[17, 33, 37, 63, 96, 104], window=96, sampling=dict(stride=192), **india
    ),
    unlabelled=dict(
        scenes=learnt,
        labelled=False,
        window=128,
        sampling=dict(num_windows=6400),
        **india,
    ),
    # Of the scenes to learn from.
    mean=[43.0, 37.0, 30.0, 79.0],
    std=[26.0, 22.0, 20.0, 31.0],
)
