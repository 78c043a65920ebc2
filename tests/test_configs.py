"""Every config builds its model and transforms."""

from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.registry import HOOKS, MODELS, TRANSFORMS, DefaultScope

import glcnet_mm  # noqa: F401

CONFIGS = Path(__file__).parents[1] / 'configs'
ENTRIES = sorted(p for p in CONFIGS.rglob('*.py') if '_base_' not in p.parts)


@pytest.mark.parametrize('path', ENTRIES, ids=lambda p: p.stem)
def test_config_builds(path):
    DefaultScope.get_instance('configs', scope_name='mmseg')
    config = Config.fromfile(path)
    MODELS.build(config.model)
    for hook in [*config.custom_hooks, config.default_hooks.checkpoint]:
        HOOKS.build(dict(hook))
    for name in ('train_dataloader', 'test_dataloader'):
        if name in config:
            dataset = config[name].dataset
            for part in dataset.get('datasets', [dataset]):
                for step in part.pipeline:
                    TRANSFORMS.build(step)
    assert config.env_cfg and config.custom_imports['imports'] == ['glcnet_mm']
    text = path.read_text()
    assert text.startswith('"""') and 'python tools/train.py' in text
