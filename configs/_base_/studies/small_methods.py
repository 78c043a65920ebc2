# Table II and the four variants of Fig. 10 of the GLCNet paper, for small machines, one
# budget for all. GLCNet without style and without the local head is SimCLR.
# The paper loads encoders; what loading the decoder too does is india_levels.py's.
methods = {
    'Random': dict(),
    'Jigsaw': dict(config='configs/small/jigsaw.py'),
    'Inpainting': dict(config='configs/small/inpainting.py'),
    'MoCo v2': dict(config='configs/small/moco.py'),
    'SimCLR': dict(config='configs/small/simclr.py'),
    'GLCNet': dict(config='configs/small/glcnet.py'),
    'GLCNet, no style': dict(config='configs/small/glcnet_nostyle.py'),
    'GLCNet, no local': dict(config='configs/small/glcnet_nolocal.py'),
    'GLCNet, no global': dict(config='configs/small/glcnet_noglobal.py'),
    # These two learn a backbone only.
    'Multi-task': dict(config='configs/small/multitask.py', level='backbone'),
    'MPINet': dict(config='configs/small/mpinet.py', level='backbone'),
}
fractions = [0.01, 0.05, 0.2, 1.0]
# What is asked most is asked of more draws.
seeds = [[0, 1, 2, 3, 4], [0, 1, 2], [0, 1, 2], [0, 1, 2]]
every_class = True
pretraining = dict(iterations=400, batch_size=64)
finetuning = dict(
    config='configs/small/deeplabv3plus.py',
    iterations=150,
    batch_size=16,
    # A few labelled windows soon bend what was learnt without labels.
    pretrained_lr=0.1,
)
