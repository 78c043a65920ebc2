"""Table III of the GLCNet paper in small: learn on one set, label another.

python tools/label_efficiency.py configs/studies/domain_shift.py --dry-run

X: the visible bands of Sentinel-2 scenes of India; Z: aerial images of Dubai, which
are fine-tuned and tested. X+Z draws equal shares of both, negatives within a set.
"""

_base_ = './dubai.py'
visible = [dict(type='LoadRaster', bands=[1, 2, 3])]
india = dict(
    type='IndiaDataset',
    data_root='data/india_rgb_nir',
    scenes=[1, 5, 9, 13, 21, 25, 29, 44, 48, 56, 68, 74, 80, 84, 88, 100],
    window=128,
    pipeline=visible,
)
unlabelled = dict(labelled=False, sampling=dict(num_windows=6400), **india)
both = dict(type='DomainDataset', datasets=[unlabelled, _base_.data.unlabelled])
glcnet = 'configs/glcnet/glcnet_r18_small_sample.py'
methods = {
    '_delete_': True,
    'Random': dict(),
    'X, supervised': dict(
        config='configs/deeplabv3plus/deeplabv3plus_r18_random_small_sample.py',
        data=dict(india, window=96),
    ),
    'X, SimCLR': dict(
        config='configs/simclr/simclr_r18_small_sample.py', data=unlabelled
    ),
    'X, GLCNet': dict(config=glcnet, data=unlabelled),
    'X+Z, GLCNet': dict(
        config=glcnet, data=both, options={'model.negatives': 'domain'}
    ),
    'Z, GLCNet': dict(config=glcnet),
}
fractions = [0.01]
seeds = [0, 1, 2, 3, 4]
