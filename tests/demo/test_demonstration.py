"""The configs of the demonstration belong together."""

from mmengine.config import Config

from glcnet_mm.demo.demonstration import PRETRAIN, STARTS
from glcnet_mm.shipped import shipped_file


def read(method, name):
    return Config.fromfile(shipped_file('configs', method, f'{name}.py'))


def test_the_finetuning_starts_where_the_pretraining_ends():
    iterations = read('glcnet', PRETRAIN).train_cfg.max_iters
    hooks = read('deeplabv3plus', STARTS['GLCNet']).custom_hooks
    (start,) = [h.checkpoint for h in hooks if h.type == 'LoadPretrainedHook']
    assert start == f'work_dirs/{PRETRAIN}/iter_{iterations}.pth'
