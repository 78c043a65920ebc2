"""Which windows to label, and what unlabelled ones still give, on DeepGlobe.

    python tools/label_efficiency.py configs/studies/deepglobe_labels.py --dry-run
    python tools/label_efficiency.py configs/studies/deepglobe_labels.py

Every start of deepglobe.py on random draws and on windows chosen by ImageNet's
features, with labels alone and with unlabelled windows too. What was run so far stands
in docs/results/deepglobe.md.
"""

_base_ = './deepglobe.py'
# Every start again, with unlabelled windows in each batch.
both = dict(
    segmentor='configs/deeplabv3plus/'
    'deeplabv3plus-consistency_lite0_random_small_deepglobe.py',
    finetuning={'model.ramp_iterations': 300},
)
starts = _base_.methods
methods = {
    'Random, unlabelled too': dict(**both),
    'ImageNet, unlabelled too': dict(**starts['ImageNet'], **both),
    'GLCNet, unlabelled too': dict(**starts['GLCNet'], **both),
    'ImageNet, then GLCNet, unlabelled too': dict(
        **starts['ImageNet, then GLCNet'], **both
    ),
}
choices = [dict(by='ImageNet')]
# Random draws and chosen windows alike are of any classes.
every_class = False
