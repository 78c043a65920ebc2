"""Fig. 11 of the GLCNet paper: the weight of the global loss, on scenes of India.

python tools/label_efficiency.py configs/studies/india_lambda.py --dry-run
"""

_base_ = './india.py'
glcnet = 'configs/glcnet/glcnet_r18_small_sample.py'
methods = {
    '_delete_': True,
    'lambda 0': dict(config=glcnet, options={'model.global_weight': 0.0}),
    'lambda 0.25': dict(config=glcnet, options={'model.global_weight': 0.25}),
    'lambda 0.5': dict(config=glcnet, options={'model.global_weight': 0.5}),
    'lambda 0.75': dict(config=glcnet, options={'model.global_weight': 0.75}),
    'lambda 1': dict(config=glcnet, options={'model.global_weight': 1.0}),
}
fractions = [0.01]
seeds = [0, 1, 2, 3, 4]
