"""Fig. 9 of the GLCNet paper on scenes of India: how much unlabelled data there is.

python tools/label_efficiency.py configs/studies/india_amount.py --dry-run
"""

_base_ = './india.py'
glcnet = 'configs/glcnet/glcnet_r18_small_sample.py'
methods = {
    '_delete_': True,
    'Random': dict(),
    '20 %': dict(config=glcnet, amount=0.2),
    '50 %': dict(config=glcnet, amount=0.5),
    '100 %': dict(config=glcnet, amount=1.0),
}
fractions = [0.01]
seeds = [0, 1, 2, 3, 4]
