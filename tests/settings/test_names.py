"""Settings that nobody reads."""

from pathlib import Path

import pytest
from mmengine.config import Config, ConfigDict

from glcnet_mm.datasets import WindowDataset
from glcnet_mm.datasets.known_sets.dubai import DubaiDataset
from glcnet_mm.errors import UserError
from glcnet_mm.settings.accepted import accepted_arguments
from glcnet_mm.settings.checks import check_config
from glcnet_mm.settings.top_level import check_options

CONFIGS = Path(__file__).parents[2] / 'configs'
SMALL = 'deeplabv3plus/deeplabv3plus_r18_random_small_sample.py'


def config_of(name=SMALL):
    return Config.fromfile(CONFIGS / name)


@pytest.mark.parametrize('folder', ['glcnet', 'small', 'finetune', 'tmcnet', 'sample'])
def test_our_own_configs_pass(folder):
    for path in sorted((CONFIGS / folder).glob('*.py')):
        if 'lite0' not in path.stem:
            check_config(config_of(path))


@pytest.mark.parametrize(
    ('wrong', 'right'),
    [('modl', 'model'), ('train_datalaoder', 'train_dataloader'), ('hooks', None)],
)
def test_misspelt_names_at_the_top(wrong, right):
    config = config_of()
    config[wrong] = dict(depth=3)
    if right is None:
        return check_config(config)
    with pytest.raises(UserError, match=f'{wrong} .* did you mean {right}'):
        check_config(config)


def test_a_variable_that_is_used_may_look_like_a_setting():
    config = config_of()
    config.model1 = ConfigDict(config.model.backbone)
    check_config(config)


@pytest.mark.parametrize(
    ('setting', 'right'),
    [
        ('model.backbone.dept', 'depth'),
        ('model.decode_head.num_clases', 'num_classes'),
        ('model.decode_head.dilation', 'dilations'),
        ('train_dataloader.batchsize', 'batch_size'),
        ('train_dataloader.dataset.windw', 'window'),
        ('optim_wrapper.optimizer.lrr', 'lr'),
        ('default_hooks.logger.intervall', 'interval'),
        ('train_cfg.max_iter', 'max_iters'),
    ],
)
def test_nested_names(setting, right):
    config = config_of()
    config.merge_from_dict({setting: 3})
    with pytest.raises(UserError) as error:
        check_config(config)
    assert str(error.value).startswith(f'{setting}: ')
    assert f'did you mean {right}?' in str(error.value)


def test_names_of_transforms_in_a_pipeline():
    config = config_of('glcnet_potsdam.py')
    pipeline = config.train_dataloader.dataset.pipeline
    step = next(s for s in pipeline if s.type == 'MakeViews')
    step.valuerange = (0, 1)
    with pytest.raises(UserError, match=r'valuerange: .* did you mean value_range'):
        check_config(config)


class Strict:
    def __init__(self, a, b=1):
        pass


class PassesOn(Strict):
    def __init__(self, c, **rest):
        super().__init__(b=dict(x=(1, (2, 3))), **rest)


class Reads(Strict):
    def __init__(self, **rest):
        self.own = rest.pop('anything', None)
        super().__init__(**rest)


class Open:
    def __init__(self, **rest):
        self.rest = rest


def test_arguments_behind_parents():
    assert accepted_arguments(PassesOn) == {'a', 'b', 'c'}
    assert accepted_arguments(Reads) is None
    assert accepted_arguments(Open) is None
    assert accepted_arguments(lambda x, y: x) == {'x', 'y'}
    assert accepted_arguments(DubaiDataset) > accepted_arguments(WindowDataset)


@pytest.mark.parametrize(
    ('option', 'sentence'),
    [
        ('modl.backbone.depth', 'did you mean model?'),
        ('bands', 'it is a variable of the config file'),
        ('zzzz', 'name the setting itself'),
    ],
)
def test_options_without_effect(option, sentence):
    config = Config(dict(model=dict(), bands=3))
    with pytest.raises(UserError) as error:
        check_options(config, [option])
    assert sentence in str(error.value)
    check_options(config, ['model.backbone.depth', 'randomness.seed'])
