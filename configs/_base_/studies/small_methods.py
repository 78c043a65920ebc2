# Table II and the four variants of Fig. 10 of the GLCNet paper, for small machines, one
# budget for all. GLCNet without style and without the local head is SimCLR.
# The paper loads encoders; what loading the decoder too does is india_levels.py's.
methods = {
    'Random': dict(),
    'Jigsaw': dict(config='configs/jigsaw/jigsaw_r18_small_sample.py'),
    'Inpainting': dict(config='configs/inpainting/inpainting_r18_small_sample.py'),
    'MoCo v2': dict(config='configs/moco/moco_r18_small_sample.py'),
    'SimCLR': dict(config='configs/simclr/simclr_r18_small_sample.py'),
    'GLCNet': dict(config='configs/glcnet/glcnet_r18_small_sample.py'),
    'GLCNet, no style': dict(
        config='configs/glcnet/glcnet-nostyle_r18_small_sample.py'
    ),
    'GLCNet, no local': dict(
        config='configs/glcnet/glcnet-nolocal_r18_small_sample.py'
    ),
    'GLCNet, no global': dict(
        config='configs/glcnet/glcnet-noglobal_r18_small_sample.py'
    ),
    # These two learn a backbone only.
    'Multi-task': dict(
        config='configs/multitask/multitask_r18_small_sample.py', level='backbone'
    ),
    'MPINet': dict(
        config='configs/mpinet/mpinet_r18_small_sample.py', level='backbone'
    ),
}
fractions = [0.01, 0.05, 0.2, 1.0]
# What is asked most is asked of more draws.
seeds = [[0, 1, 2, 3, 4], [0, 1, 2], [0, 1, 2], [0, 1, 2]]
every_class = True
pretraining = dict(iterations=400, batch_size=64)
finetuning = dict(
    config='configs/deeplabv3plus/deeplabv3plus_r18_random_small_sample.py',
    iterations=150,
    batch_size=16,
    # A few labelled windows soon bend what was learnt without labels.
    pretrained_lr=0.1,
)
