"""One modality or two, early or late, from random weights or pre-trained, on OMBRIA.

    python tools/stack_bands.py data/ombria_flood/train/stack_AFTER \
        data/ombria_flood/train/S2_AFTER data/ombria_flood/train/S1_AFTER:1
    python tools/stack_bands.py data/ombria_flood/test/stack_AFTER \
        data/ombria_flood/test/S2_AFTER data/ombria_flood/test/S1_AFTER:1
    python tools/label_efficiency.py configs/studies/ombria.py --dry-run
    python tools/label_efficiency.py configs/studies/ombria.py --jobs 2
"""

flood = dict(type='OmbriaDataset', data_root='data/ombria_flood')
# Labelled windows are of the size of the pre-training's views; at this stride three fit
# side by side into a place of 256 px.
data = dict(
    labelled=dict(window=96, sampling=dict(stride=80), **flood),
    test=dict(split='test', window=96, **flood),
    unlabelled=dict(
        labelled=False, window=128, sampling=dict(num_windows=6400), **flood
    ),
    # Of the training places.
    mean=[46.5, 57.7, 36.0, 151.0],
    std=[33.2, 34.1, 32.6, 51.5],
)
optical = 'configs/deeplabv3plus/deeplabv3plus_r18_random_small_ombria-optical.py'
sar = 'configs/deeplabv3plus/deeplabv3plus_r18_random_small_ombria-sar.py'
mssnet = 'configs/mssnet/mssnet_r18_random_small_ombria.py'
heads = ('model.global_head.contrast', 'model.local_head.contrast')
methods = {
    'Early concatenation, random': dict(),
    'Optical only, random': dict(segmentor=optical),
    'SAR only, random': dict(segmentor=sar),
    'Two streams, random': dict(segmentor=mssnet),
    'Optical only, GLCNet': dict(
        config='configs/glcnet/glcnet_r18_small_ombria-optical.py', segmentor=optical
    ),
    'SAR only, GLCNet': dict(
        config='configs/glcnet/glcnet_r18_small_ombria-sar.py', segmentor=sar
    ),
    'Early concatenation, GLCNet': dict(
        config='configs/glcnet/glcnet_r18_small_ombria.py'
    ),
    'TMCNet + MSSNet': dict(
        config='configs/tmcnet/tmcnet_r18_small_ombria.py', segmentor=mssnet
    ),
    'TMCNet, either part broken': dict(
        config='configs/tmcnet/tmcnet_r18_small_ombria.py',
        segmentor=mssnet,
        options={f'{head}.swapped': ('sar', 'optical') for head in heads},
    ),
    'TMCNet, parts side by side': dict(
        config='configs/tmcnet/tmcnet_r18_small_ombria.py',
        segmentor=mssnet,
        options={f'{head}.join': 'concat' for head in heads},
    ),
    'TMCNet, optical stream': dict(
        config='configs/tmcnet/tmcnet_r18_small_ombria.py',
        segmentor=optical,
        stream='optical',
    ),
}
# 5 % are 66 of 1323 windows.
fractions = [0.05, 1.0]
seeds = [[0, 1, 2, 3, 4], [0, 1, 2]]
every_class = True
baseline = 'Optical only, random'
pretraining = dict(iterations=400, batch_size=64)
finetuning = dict(
    config='configs/deeplabv3plus/deeplabv3plus_r18_random_small_ombria.py',
    iterations=150,
    batch_size=16,
    pretrained_lr=0.1,
)
