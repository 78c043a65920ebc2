"""Which windows to label, and what unlabelled ones still give, on scenes of India.

    python tools/label_efficiency.py configs/studies/india_labels.py --dry-run
    python tools/label_efficiency.py configs/studies/india_labels.py

India's data as in india.py and the starts of deepglobe.py; ImageNet's weights are
fitted to four bands.
"""

_base_ = './india.py'
imagenet = dict(weights='weights/efficientnet_lite0_imagenet.pth', inflate_stem=True)
glcnet = dict(config='configs/glcnet/glcnet_lite0_small_sample.py', level='decoder123')
# What ImageNet taught is bent less by a third of the rate.
gently = {'optim_wrapper.optimizer.lr': 3e-4}
# Every start again, with unlabelled windows in each batch.
both = dict(
    segmentor='configs/deeplabv3plus/'
    'deeplabv3plus-consistency_lite0_random_small_sample.py',
    finetuning={'model.ramp_iterations': 300},
)
methods = {
    '_delete_': True,
    'Random': dict(),
    'ImageNet': dict(level='backbone', **imagenet),
    'GLCNet': glcnet,
    'ImageNet, then GLCNet': dict(options=gently, **imagenet, **glcnet),
    'Random, unlabelled too': both,
    'ImageNet, unlabelled too': dict(level='backbone', **imagenet, **both),
    'GLCNet, unlabelled too': dict(**glcnet, **both),
    'ImageNet, then GLCNet, unlabelled too': dict(
        options=gently, **imagenet, **glcnet, **both
    ),
}
choices = [dict(by='ImageNet, then GLCNet')]
fractions = [0.01]
seeds = [0, 1, 2, 3, 4]
# Random draws and chosen windows alike are of any classes.
every_class = False
pretraining = dict(iterations=1000)
finetuning = dict(
    config='configs/deeplabv3plus/deeplabv3plus_lite0_random_small_sample.py',
    iterations=600,
)
