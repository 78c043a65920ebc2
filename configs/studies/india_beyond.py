"""What goes beyond the GLCNet paper, by switch, on scenes of India.

python tools/label_efficiency.py configs/studies/india_beyond.py --dry-run
"""

_base_ = './india.py'
methods = {
    '_delete_': True,
    'Random': dict(),
    'GLCNet': dict(config='configs/small/glcnet.py'),
    'regions of all surfaces': dict(config='configs/small/glcnet_balanced.py'),
}
fractions = [0.01]
seeds = [0, 1, 2, 3, 4]
