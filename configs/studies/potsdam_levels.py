"""Table IV of the GLCNet paper: how much of the network is loaded, on Potsdam.

python tools/label_efficiency.py configs/studies/potsdam_levels.py --dry-run

The four methods share one pre-training.
"""

_base_ = './potsdam.py'
glcnet = 'configs/glcnet_potsdam.py'
methods = {
    '_delete_': True,
    'Random': dict(),
    'backbone': dict(config=glcnet, level='backbone'),
    'encoder': dict(config=glcnet, level='encoder'),
    'decoder layers 1, 2': dict(config=glcnet, level='decoder12'),
    'decoder layers 1 to 3': dict(config=glcnet, level='decoder123'),
}
