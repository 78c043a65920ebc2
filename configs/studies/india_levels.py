"""Table IV of the GLCNet paper on scenes of India: how much of the net is loaded.

python tools/label_efficiency.py configs/studies/india_levels.py --dry-run

The four methods share one pre-training.
"""

_base_ = './india.py'
glcnet = 'configs/glcnet/glcnet_r18_small_sample.py'
methods = {
    '_delete_': True,
    'Random': dict(),
    'backbone': dict(config=glcnet, level='backbone'),
    'encoder': dict(config=glcnet, level='encoder'),
    'decoder layers 1, 2': dict(config=glcnet, level='decoder12'),
    'decoder layers 1 to 3': dict(config=glcnet, level='decoder123'),
}
fractions = [0.01]
seeds = [0, 1, 2, 3, 4]
