"""Table II and Fig. 10 of the GLCNet paper on Potsdam: ResNet-50, 224 px, one GPU box.

    mkdir -p weights
    python -c "import torch, torchvision; torch.save(torchvision.models.resnet50(
        weights='IMAGENET1K_V2').state_dict(), 'weights/resnet50_imagenet.pth')"
    python tools/label_efficiency.py configs/studies/potsdam.py --dry-run
    python tools/label_efficiency.py configs/studies/potsdam.py --jobs 4

The budgets are the paper's 400 epochs of 13 824 tiles and 150 epochs of 138.
"""

potsdam = dict(
    type='PotsdamTilesDataset',
    data_root='data/potsdam',
    dtype='RGBIR',
    window=256,
)
data = dict(
    labelled=dict(split='train', **potsdam),
    test=dict(split='valR1500', **potsdam),
    unlabelled=dict(split='train', labelled=False, **potsdam),
)
methods = {
    'Random': dict(),
    'ImageNet': dict(
        weights='weights/resnet50_imagenet.pth', level='backbone', inflate_stem=True
    ),
    'Jigsaw': dict(config='configs/jigsaw/jigsaw_r50_400e_potsdam.py'),
    'Inpainting': dict(config='configs/inpainting/inpainting_r50_400e_potsdam.py'),
    'MoCo v2': dict(config='configs/moco/moco_r50_400e_potsdam.py'),
    'SimCLR': dict(config='configs/simclr/simclr_r50_400e_potsdam.py'),
    'GLCNet': dict(config='configs/glcnet_potsdam.py'),
    'GLCNet, no style': dict(
        config='configs/glcnet/glcnet-nostyle_r50_400e_potsdam.py'
    ),
    'GLCNet, no local': dict(
        config='configs/glcnet/glcnet-nolocal_r50_400e_potsdam.py'
    ),
    'GLCNet, no global': dict(
        config='configs/glcnet/glcnet-noglobal_r50_400e_potsdam.py'
    ),
}
fractions = [0.01]
seeds = [0, 1, 2]
pretraining = dict(iterations=86400, batch_size=64)
finetuning = dict(
    config='configs/deeplabv3plus/deeplabv3plus_r50_random_150e_potsdam1pct.py',
    iterations=1200,
    batch_size=16,
)
