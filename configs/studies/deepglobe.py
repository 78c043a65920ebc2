"""Random, ImageNet, GLCNet and both on DeepGlobe, one of the GLCNet paper's sets.

    python tools/label_efficiency.py configs/studies/deepglobe.py --dry-run
    python tools/label_efficiency.py configs/studies/deepglobe.py

The tiles stand in ``data/deepglobe`` (``DeepGlobeTilesDataset``), the ImageNet weights
in ``weights`` (docs/pretraining.md). EfficientNet-Lite0 at 4/3 m: its last depthwise
kernels reach 5 of the 6 cells of 96 px; smaller windows would leave dead taps.
"""

deepglobe = dict(type='DeepGlobeTilesDataset', data_root='data/deepglobe', gsd=4 / 3)
data = dict(
    labelled=dict(part='train', window=96, **deepglobe),
    test=dict(part='test', window=96, **deepglobe),
    unlabelled=dict(
        part='train',
        labelled=False,
        window=128,
        sampling=dict(num_windows=12800),
        **deepglobe,
    ),
    mean=[104.0, 97.0, 72.0],
    std=[38.0, 29.0, 26.0],
)
imagenet = 'weights/efficientnet_lite0_imagenet.pth'
glcnet = 'configs/glcnet/glcnet_lite0_small_sample.py'
# What ImageNet taught is bent less by a third of the rate.
gently = {'optim_wrapper.optimizer.lr': 3e-4}
methods = {
    'Random': dict(),
    'ImageNet': dict(weights=imagenet, level='backbone'),
    'GLCNet': dict(config=glcnet, level='decoder123'),
    'GLCNet, full rate': dict(
        config=glcnet, level='decoder123', finetuning=dict(pretrained_lr=1.0)
    ),
    'ImageNet, then GLCNet': dict(
        config=glcnet, weights=imagenet, options=gently, level='decoder123'
    ),
}
fractions = [0.01]
seeds = [0, 1, 2, 3, 4]
every_class = True
pretraining = dict(iterations=1000, batch_size=64)
finetuning = dict(
    config='configs/deeplabv3plus/deeplabv3plus_lite0_random_small_sample.py',
    iterations=600,
    batch_size=16,
    pretrained_lr=0.1,
)
