"""The text of a run's config reads as the same config."""

import math
from pathlib import Path

import pytest
from mmengine.config import Config
from torch import nn

from glcnet_mm.engine.readable_config import ReadableConfig, config_text

ROOT = Path(__file__).parents[2]
CONFIGS = ['glcnet_potsdam.py', 'mpinet', 'tmcnet', 'deeplabv3plus', 'studies']


def first(name):
    path = ROOT / 'configs' / name
    return path if path.is_file() else min(path.rglob('*.py'))


@pytest.mark.parametrize('name', CONFIGS)
def test_shipped_configs_read_back_as_they_were(name, tmp_path):
    config = ReadableConfig.of(Config.fromfile(first(name)))
    config.dump(tmp_path / 'config.py')
    again = Config.fromfile(tmp_path / 'config.py')
    assert again.to_dict() == config.to_dict()
    text = (tmp_path / 'config.py').read_text()
    assert max(len(line) for line in text.splitlines() if "'" not in line) <= 88


def test_odd_values_read_back_as_they_were(tmp_path):
    odd = {
        'name': "it's\n\\ ü",
        'single': (1,),
        'nothing': [None, {}, [], ()],
        'numbers': {1: 0.1, 2: -1e-30},
        'dotted': {'a.b': True, 'class': 1},
        'endless': [math.inf, -math.inf],
        'long': [list(range(50)), {'key': 'v' * 100}],
    }
    path = tmp_path / 'odd.py'
    path.write_text(config_text(odd))
    assert Config.fromfile(path).to_dict() == odd
    assert config_text(dict(norm=nn.BatchNorm2d)).count("'torch.nn.") == 1


def test_the_layout_of_a_run_s_config():
    model = dict(type='A', size=[8, 8], heads=[dict(type='B' * 40, name='C' * 40)] * 2)
    assert config_text(dict(seed=0, model=model)).splitlines() == [
        'model = dict(',
        '    heads=[',
        *[
            '        dict(',
            f"            name='{'C' * 40}',",
            f"            type='{'B' * 40}',",
            '        ),',
        ]
        * 2,
        '    ],',
        '    size=[8, 8],',
        "    type='A',",
        ')',
        'seed = 0',
    ]
