"""Every config builds its model and transforms."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import (
    DATASETS,
    FUNCTIONS,
    HOOKS,
    MODELS,
    TRANSFORMS,
    DefaultScope,
)

import glcnet_mm  # noqa: F401
from glcnet_mm.datasets import WindowDataset
from glcnet_mm.engine.hooks.dead_taps import find_dead_taps
from glcnet_mm.models.weights.levels import parts_of_level
from glcnet_mm.models.weights.streams import accepted_bands
from glcnet_mm.studies.definition import locate, read_study

CONFIGS = Path(__file__).parents[1] / 'configs'
STUDIES = sorted((CONFIGS / 'studies').glob('*.py'))
ENTRIES = sorted(
    p for p in CONFIGS.rglob('*.py') if '_base_' not in p.parts and p not in STUDIES
)


def training_batch(config, model):
    """Two samples of the config's own pipeline, from made-up windows of its size."""
    dataset = config.train_dataloader.dataset
    parts = dataset.get('datasets', [dataset])
    (bands,) = accepted_bands(model)
    side, samples = parts[0].window, []
    # Unlabelled windows come in pairs.
    for seed in range(4 if dataset.type == 'LabelledAndUnlabelled' else 2):
        # What follows the reading of image and label.
        pipeline = parts[seed % len(parts) if len(parts) == 2 else 0].pipeline
        steps = [TRANSFORMS.build(s) for s in pipeline if 'Load' not in s.type]
        rng = np.random.default_rng(seed)
        sample = dict(
            img=rng.integers(1, 250, (side, side, bands), 'uint8'),
            valid=np.ones((side, side), bool),
            gt_seg_map=rng.integers(0, 2, (side, side), 'uint8'),
            window=(0, 0, side, side),
            rng=rng,
            **dict.fromkeys(('img_shape', 'ori_shape'), (side, side)),
            **dict.fromkeys(('raster_path', 'img_path', 'seg_map_path'), 'made up'),
        )
        for step in steps:
            sample = step(sample)
        if 'datasets' in config.train_dataloader.dataset:
            sample['data_samples'].domain = torch.tensor(seed)
        samples.append(sample)
    collate = config.train_dataloader.get('collate_fn', dict(type='pseudo_collate'))
    return FUNCTIONS.get(collate['type'])(samples)


@pytest.mark.parametrize('path', ENTRIES, ids=lambda p: p.stem)
def test_config_builds(path):
    if 'lite0' in path.stem:
        pytest.importorskip('timm')
    DefaultScope.get_instance('configs', scope_name='mmseg')
    config = Config.fromfile(path)
    model = MODELS.build(config.model)
    for hook in [*config.custom_hooks, *config.default_hooks.values()]:
        HOOKS.build(dict(hook))
    # Configs of one modality test what another one trains.
    if 'modality' not in config.get('test_dataloader', {}).get('dataset', {}):
        # No weights that meet no data but in recipes that are published so.
        found = find_dead_taps(model, training_batch(config, model))
        assert bool(found) == config.default_hooks.dead_taps.get('published', False)
    for name in ('train_dataloader', 'test_dataloader'):
        if name in config:
            dataset = config[name].dataset
            for part in dataset.get('datasets', [dataset]):
                # A run looks into mmseg's scope first, which has such names too.
                with DATASETS.switch_scope_and_registry('mmseg') as registry:
                    assert issubclass(registry.get(part.type), WindowDataset)
                for step in part.pipeline:
                    TRANSFORMS.build(step)
    # Half of the time where the processor has bfloat16; what was published has not.
    usual = 'OptimWrapper' if 'potsdam' in path.stem else 'Bfloat16OptimWrapper'
    assert config.optim_wrapper.type == usual
    assert config.env_cfg and config.custom_imports['imports'] == ['glcnet_mm']
    text = path.read_text()
    assert text.startswith('"""') and 'python tools/train.py' in text


@pytest.mark.parametrize('path', STUDIES, ids=lambda p: p.stem)
def test_study_names_configs_and_settings_that_exist(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'weights').mkdir()
    for name in ('resnet50', 'efficientnet_lite0'):
        (tmp_path / f'weights/{name}_imagenet.pth').touch()
    study = read_study(path)
    Config.fromfile(locate(study.finetuning.config))
    for method in study.methods.values():
        parts_of_level(method.level)
        if method.config:
            config = Config.fromfile(locate(method.config))
            for key in method.options:
                owner = config
                for part in key.split('.')[:-1]:
                    owner = owner[int(part) if isinstance(owner, list) else part]
                assert isinstance(owner, dict)
    text = path.read_text()
    assert text.startswith('"""') and f'studies/{path.name} --dry-run' in text


def test_no_name_is_taken_by_mmseg_or_mmpretrain():
    """A run looks into their registries before the root: ours would never be found."""
    import mmengine.registry
    import mmpretrain.registry
    import mmpretrain.utils
    import mmseg.registry
    import mmseg.utils

    for package in (mmseg, mmpretrain):
        package.utils.register_all_modules(init_default_scope=False)
    for kind in ('DATASETS', 'TRANSFORMS', 'MODELS', 'HOOKS', 'METRICS'):
        root = getattr(mmengine.registry, kind).module_dict
        ours = {n for n, c in root.items() if c.__module__.startswith('glcnet_mm')}
        for package in (mmseg, mmpretrain):
            taken = getattr(package.registry, kind).module_dict
            assert ours and not ours & set(taken), (kind, package.__name__)
