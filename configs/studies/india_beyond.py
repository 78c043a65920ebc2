"""What goes beyond the GLCNet paper, by switch, on scenes of India.

python tools/label_efficiency.py configs/studies/india_beyond.py --dry-run
"""

_base_ = './india.py'
methods = {
    '_delete_': True,
    'Random': dict(),
    'GLCNet': dict(config='configs/glcnet/glcnet_r18_small_sample.py'),
    'regions of all surfaces': dict(
        config='configs/glcnet/glcnet-balanced_r18_small_sample.py'
    ),
}
fractions = [0.01]
seeds = [0, 1, 2, 3, 4]
