"""Study files: what is refused, which runs follow, which configs they get."""

from pathlib import Path

import pytest
import torch
from mmengine.dataset import default_collate
from mmengine.registry import DATASETS, MODELS, TRANSFORMS, DefaultScope

from glcnet_mm.files import write_json
from glcnet_mm.studies.check import check_study
from glcnet_mm.studies.configs import (
    _parsed,
    finetuning_config,
    pretraining_config,
    settings_text,
)
from glcnet_mm.studies.definition import read_study
from glcnet_mm.studies.draws import draw_splits
from glcnet_mm.studies.folder import part_paths
from glcnet_mm.studies.plan import find_cell, plan_cells
from glcnet_mm.studies.runs import cell_config

CONFIGS = Path(__file__).parents[2] / 'configs'
SEGMENTOR = CONFIGS / 'deeplabv3plus/deeplabv3plus_r18_random_small_sample.py'


def prepare(path):
    """What the tool does before the first run."""
    study = read_study(path)
    cells = plan_cells(study)
    draw_splits(study)
    check_study(study, cells)
    return study


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ("methods['Random'] = dict(levle='encoder')", 'no setting "levle"; known are'),
        ("baseline = 'ImageNet'", 'baseline "ImageNet" is no method'),
        ('fractions = [0.1, 1.5]', 'share 1.5 is not in'),
        ('seeds = [1, 1]', 'names one value twice'),
        ('seeds = [[1], [2], [3]]', 'has 3 lists for 2 fractions'),
        ('fractions = [0.5, 0.1]', '"fractions" must rise'),
        ('finetuning.pop("config")', '"finetuning" needs "config"'),
        ('finetuning.pop("iterations")', '"finetuning" needs "iterations"'),
        ("data.pop('unlabelled')", 'names nothing "unlabelled"'),
        ("data.pop('test')", '"data" needs "test"'),
        ("methods['SimCLR']['weights'] = 'x.pth'", 'names x.pth, which does not'),
        ('pretraining_seeds = [1, 1]', '"pretraining_seeds" is empty or names one'),
        ('pretraining_seeds = 2', '"pretraining_seeds" must be a list, got 2'),
        ("finetuning['head_first'] = 10", 'head_first of "finetuning" is 10; it must'),
        (
            "finetuning['ema'] = 1.5",
            'ema of "finetuning" is 1.5; it must lie between 0',
        ),
        (
            "methods['SimCLR']['finetuning'] = dict(layer_decay=0.0)",
            'layer_decay of "finetuning" of "SimCLR" is 0.0',
        ),
        ("methods['Random'] = dict(pretraining_seeds=[1])", 'no config to pre-train'),
        ("methods['x'] = dict(weights='x.pth')", 'names x.pth, which does not exist'),
        ("methods['SIMCLR!'] = dict()", 'differ in signs only'),
        ("methods['x'] = dict(level='all')", 'no loading level "all"'),
        (
            "data['test']['classes'] = ['a', 'b', 'c']",
            'rows, bright, the test data 3 bands and the classes a, b, c;',
        ),
        (
            "data['unlabelled']['pipeline'] = [dict(type='LoadRaster', bands=[1])]",
            'learns from 1 bands, the labelled data have 3',
        ),
        ("finetuning['options']['model.nonsense'] = 1", 'nonsense'),
        (
            "finetuning['options']['model.decode_head.dilations'] = (1, 1, 1, 2)",
            r'(?s)"Random": 1 convolution .*aspp_modules.3.conv \(3x3, rate 2\) on '
            r'a map of 2 x 2 cells: 8 of 9 taps.*larger windows',
        ),
        (
            "methods['GLCNet']['options']['model.backbone.dilations'] = (1, 1, 1, 2)",
            r'(?s)"GLCNet": 2 convolutions .*backbone.layer4.0.conv1 \(3x3, rate 2\)',
        ),
        (
            "finetuning['options']['model.backbone.base_channels'] = 16",
            '"Random": a training step of the model fails',
        ),
        (
            "finetuning['options'].update({'model.backbone.base_channels': 16, "
            "'model.decode_head.in_channels': 128, "
            "'model.decode_head.c1_in_channels': 16})",
            '"SimCLR" has another size of .* weights of the level encoder',
        ),
    ],
)
def test_bad_studies_are_refused_before_any_run(change, text, message):
    path = change(text)
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        prepare(path)


def test_weights_from_elsewhere_are_tried_before_any_run(change, tmp_path):
    study = read_study(change(''))
    with DefaultScope.overwrite_default_scope('mmseg'):
        config = pretraining_config(study, study.methods['SimCLR'])
        model = MODELS.build(config.model)
    weights = {
        f'module.encoder_q.{name}': value
        for name, value in model.backbone.state_dict().items()
    }
    torch.save(dict(state_dict=weights), tmp_path / 'moco.pth')
    line = f"methods['file'] = dict(weights='{tmp_path}/moco.pth', level='backbone'"
    study = prepare(change(f'{line})'))
    assert plan_cells(study)['finetuning/file/10pct_seed0'].needs is None
    for setting, message in (
        ("style='lightly'", 'not of the key style "lightly"'),
        ("level='encoder'", '"file" lacks .* weights of the level encoder'),
    ):
        path = change(f"methods['file'] = dict(methods['file'], {setting})")
        with pytest.raises(ValueError, match=message):
            prepare(path)
        change(f'{line})')


def test_images_of_16_bits_need_their_own_range(study_file, write_raster, tmp_path):
    import rasterio

    for path in (tmp_path / 'images').iterdir():
        with rasterio.open(path) as source:
            pixels = source.read().astype('uint16')
        write_raster(path, pixels)
    study = read_study(study_file)
    with pytest.raises(ValueError, match='uint16, so "data" needs mean, std, value'):
        check_study(study, plan_cells(study))


def test_cells_are_named_and_equal_pretrainings_are_one(change):
    path = change("methods['decoder'] = dict(methods['GLCNet'], level='decoder123')")
    cells = plan_cells(read_study(path))
    assert [n for n in cells if n.startswith('pretraining')] == [
        'pretraining/simclr',
        'pretraining/glcnet',
    ]
    assert cells['finetuning/decoder/10pct_seed1'].needs == 'pretraining/glcnet'
    assert cells['finetuning/random/10pct_seed1'].needs is None
    assert len(cells) == 2 + 4 * 2 * 2
    study = read_study(change('seeds = [[0, 1, 2], [5]]'))
    assert study.draws() == [(0.1, 0), (0.1, 1), (0.1, 2), (1.0, 5)]
    assert len(plan_cells(study)) == 2 + 4 * 4
    with pytest.raises(ValueError, match='has no cell "nothing"'):
        find_cell(cells, 'nothing', study)


def test_pretraining_seeds_are_pretrainings_beside_the_first(change):
    before = plan_cells(read_study(change('seeds = [0]')))
    path = change(
        'pretraining_seeds = [0, 7]\n'
        "methods['SimCLR'].update(pretraining_seeds=[3])\n"
        "methods['decoder'] = dict(methods['GLCNet'], level='decoder123')"
    )
    study = read_study(path)
    cells = plan_cells(study)
    assert [n for n in cells if n.startswith('pretraining')] == [
        'pretraining/simclr-seed3',
        'pretraining/glcnet',
        'pretraining/glcnet-seed7',
    ]
    further = cells['finetuning/decoder-seed7/10pct_seed0']
    assert further.needs == 'pretraining/glcnet-seed7'
    assert (further.seed, further.pretraining_seed) == (0, 7)
    assert cells['finetuning/random/10pct_seed0'].pretraining_seed is None
    config = cell_config(study, cells['pretraining/glcnet-seed7'])
    assert config.randomness.seed == 7
    # The first is the run of a study without further seeds: its result stays good.
    text, now = (
        settings_text(study, cell_config(study, c['pretraining/glcnet']))
        for c in (before, cells)
    )
    assert text == now and set(before) - set(cells) == {
        'pretraining/simclr',
        'finetuning/simclr/10pct_seed0',
        'finetuning/simclr/100pct_seed0',
    }


def test_a_pretraining_may_start_from_weights(change, tmp_path):
    study = read_study(change(''))
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(pretraining_config(study, study.methods['SimCLR']).model)
    weights = model.backbone.state_dict()
    torch.save(weights, tmp_path / 'plain.pth')
    line = (
        f"methods['both'] = dict(methods['GLCNet'], weights='{tmp_path}/plain.pth'"
        ", style='torchvision'"
    )
    study = prepare(change(f'{line})'))
    both = study.methods['both']
    cells = plan_cells(study)
    assert cells['finetuning/both/10pct_seed0'].needs == 'pretraining/both'
    hook = pretraining_config(study, both).custom_hooks[-1]
    assert hook.checkpoint == f'{tmp_path}/plain.pth' and hook.level == 'backbone'
    hook = finetuning_config(study, both, 'w.tsv', 0, 'x.pth').custom_hooks[-1]
    assert (hook.style, hook.level) == ('auto', 'encoder')
    for setting, message in (
        ("start_level='encoder'", '"both" lacks .* weights of the level encoder'),
        ("start_level='all'", 'no loading level "all"'),
    ):
        path = change(f'{line}, {setting})')
        with pytest.raises(ValueError, match=message):
            prepare(path)


def test_splits_are_nested_and_stale_ones_refused(study_file, change):
    study = read_study(study_file)
    draw_splits(study)
    few, all_of_them = (
        study.folder.split(fraction, 0).read_text().splitlines()[1:]
        for fraction in study.fractions
    )
    assert len(few) == 5 and len(all_of_them) == 50 and set(few) < set(all_of_them)
    assert few != study.folder.split(0.1, 1).read_text().splitlines()[1:]
    study = read_study(change('every_class = True'))
    with pytest.raises(ValueError, match='drawn from other data'):
        draw_splits(study)
    study = read_study(change("every_class = False\ndata['labelled']['window'] = 16"))
    with pytest.raises(ValueError, match='drawn from other data'):
        draw_splits(study)


def test_configs_get_the_study_data_and_budget(change):
    study = read_study(
        change(
            'data.update(mean=[1.0, 2.0, 3.0], std=4.0, value_range=(0, 99))\n'
            "methods['GLCNet'].update(options={'model.global_weight': 0.25})\n"
            "methods['SimCLR'].update(level='decoder', finetuning={'a': 1})"
        )
    )
    glcnet, simclr = study.methods['GLCNet'], study.methods['SimCLR']
    config = pretraining_config(study, glcnet)
    assert config.model.global_weight == 0.25
    assert config.model.backbone.in_channels == 3
    assert config.model.data_preprocessor.mean == [1.0, 2.0, 3.0]
    assert config.train_dataloader.dataset.pipeline[1].value_range == (0, 99)
    assert config.train_dataloader.dataset.sampling.num_windows == 64
    assert config.train_dataloader.batch_size == 8
    assert config.train_cfg.max_iters == config.param_scheduler.T_max == 6
    config = finetuning_config(study, simclr, 'w.tsv', 7, 'x.pth')
    assert config.model.decode_head.num_classes == 3
    assert config.train_dataloader.dataset.sampling.windows_file == 'w.tsv'
    assert config.randomness.seed == 7 and config.a == 1
    assert config.custom_hooks[-1].checkpoint == 'x.pth'
    factors = config.optim_wrapper.paramwise_cfg.custom_keys
    assert factors['decode_head'].lr_mult == 0.5
    assert factors['decode_head.conv_seg'].lr_mult == 1.0
    assert (
        'paramwise_cfg'
        not in finetuning_config(
            study, study.methods['Random'], 'w.tsv', 7, None
        ).optim_wrapper
    )


def test_switches_of_a_finetuning_and_of_a_method(change):
    study = read_study(
        change(
            'finetuning.update(lr=0.002, head_first=4, ema=0.1, early_stopping=0.2)\n'
            "methods['SimCLR'].update(finetuning={'l2_sp': 0.3, 'layer_decay': 0.5, "
            "'head_first': None, 'optim_wrapper.optimizer.weight_decay': 0.7})"
        )
    )
    random, simclr, glcnet = (
        finetuning_config(study, method, 'd/w.tsv', 0, start)
        for method, start in zip(
            study.methods.values(), (None, 'x.pth', 'x.pth'), strict=True
        )
    )
    hooks = [
        [h['type'] for h in c.custom_hooks if 'Summary' not in h['type']][1:]
        for c in (random, simclr, glcnet)
    ]
    # What protects loaded parts has nothing to do in a network without any.
    assert hooks == [
        ['WeightAverageHook', 'EarlyStopHook'],
        ['LoadPretrainedHook', 'WeightAverageHook', 'L2SPHook', 'EarlyStopHook'],
        ['LoadPretrainedHook', 'WeightAverageHook', 'HeadFirstHook', 'EarlyStopHook'],
    ]
    for config in (random, simclr, glcnet):
        assert config.optim_wrapper.optimizer.lr == 0.002
        assert (
            config.train_dataloader.dataset.sampling.windows_file
            == 'd/w_without20pct.tsv'
        )
        assert config.val_dataloader.dataset.sampling.windows_file == 'd/w_val20pct.tsv'
        assert config.val_dataloader.dataset.images == study.data.labelled.images
        assert config.train_cfg.val_interval == 1
    assert 'constructor' not in glcnet.optim_wrapper
    assert simclr.optim_wrapper.constructor == 'LayerDecayConstructor'
    assert simclr.optim_wrapper.optimizer.weight_decay == 0.7
    factors = simclr.optim_wrapper.paramwise_cfg
    assert factors.layer_decay == 0.5 and factors.level == 'encoder'
    assert factors.custom_keys['backbone'].lr_mult == 0.5


def test_a_part_of_the_labels_is_put_aside(change):
    study = read_study(change('finetuning.update(early_stopping=0.2)'))
    draw_splits(study)
    for draw in study.draws():
        path = study.folder.split(*draw)
        whole = path.read_text().splitlines()[1:]
        train, val = (
            Path(part).read_text().splitlines()[1:]
            for part in part_paths(str(path), 0.2)
        )
        assert len(val) == round(0.2 * len(whole)) and not set(train) & set(val)
        assert sorted(train + val) == sorted(whole)
    study = read_study(change('finetuning.update(early_stopping=0.2)\nseeds = [5]'))
    draw_splits(study)
    study = read_study(change('fractions = [0.01]'))
    with pytest.raises(ValueError, match='lists 1 window, of which none can be'):
        draw_splits(study)


def test_a_segmentor_of_its_own_reads_other_bands_with_their_figures(change, tmp_path):
    base = (
        Path(__file__).parents[2]
        / 'configs/deeplabv3plus/deeplabv3plus_r18_random_small_sample.py'
    )
    (tmp_path / 'two_bands.py').write_text(f"""
_base_ = '{base.as_posix()}'
load = [dict(type='LoadRaster', bands=[3, 1]), dict(type='LoadLabel')]
augment = dict(type='AugmentWindow', value_range=(0, 1))
pack = dict(type='PackWindow')
train_dataloader = dict(dataset=dict(pipeline=[*load, augment, pack]))
test_dataloader = dict(dataset=dict(pipeline=[*load, pack]))
""")
    path = change(
        'data.update(mean=[1.0, 2.0, 3.0], std=4.0, value_range=([0, 1, 2], 99))\n'
        f"methods['Two'] = dict(segmentor='{tmp_path}/two_bands.py')\n"
        "methods['SimCLR'].update(stream='sar')"
    )
    study = read_study(path)
    config = finetuning_config(study, study.methods['Two'], 'w.tsv', 0, None)
    assert config.model.backbone.in_channels == 2
    assert config.model.data_preprocessor.mean == [3.0, 1.0]
    assert config.model.data_preprocessor.std == 4.0
    augment = config.train_dataloader.dataset.pipeline[2]
    assert augment.value_range == ([2, 0], 99)
    config = finetuning_config(study, study.methods['SimCLR'], 'w.tsv', 0, 'x.pth')
    assert config.model.backbone.in_channels == 3
    assert config.custom_hooks[-1].stream == 'sar'
    path = change("methods['Two'] = dict(segmentor='nowhere.py')")
    with pytest.raises(FileNotFoundError, match=r'nowhere\.py'):
        read_study(path)


def test_figures_of_a_file_are_settings_of_the_runs(change, tmp_path):
    """A file that changes later does not pass for the one that was used."""
    percentiles = {'0.1': 3, '1': 4, '99': 90, '99.9': 99}
    bands = [dict(mean=m, std=m / 2, percentiles=percentiles) for m in (10, 20, 30)]
    path = tmp_path / 'stats.json'
    write_json(path, dict(bands=bands))
    study = read_study(change(f"data['stats'] = '{path}'"))
    path.unlink()
    config = pretraining_config(study, study.methods['GLCNet'])
    assert config.model.data_preprocessor.mean == [10, 20, 30]
    assert config.model.data_preprocessor.std == [5, 10, 15]
    views = config.train_dataloader.dataset.pipeline[1]
    assert views.value_range == ([3] * 3, [99] * 3)
    TRANSFORMS.build(views)
    assert 'stats.json' not in settings_text(study, config)
    write_json(path, dict(bands=bands))
    with pytest.raises(ValueError, match='gives mean beside stats'):
        read_study(change(f"data.update(stats='{path}', mean=1.0)"))


def test_epochs_become_iterations(change):
    study = read_study(
        change(
            "methods = {'x': dict(config='configs/glcnet_potsdam.py')}\n"
            'pretraining = dict(iterations=50, batch_size=2)'
        )
    )
    config = pretraining_config(study, study.methods['x'])
    assert config.train_cfg.type == 'IterBasedTrainLoop'
    assert config.param_scheduler.T_max == config.param_scheduler.end == 50
    assert config.param_scheduler.by_epoch is False
    assert config.train_dataloader.sampler.type == 'InfinitePerSampleSampler'
    assert config.default_hooks.checkpoint.interval == 10
    name = 'configs/deeplabv3plus/deeplabv3plus_r50_random_150e_potsdam1pct.py'
    study = read_study(
        change(f"finetuning = dict(config='{name}', iterations=300, batch_size=2)")
    )
    config = finetuning_config(study, study.methods['x'], 'w.tsv', 0, None)
    # 0.98 per epoch over 150 epochs is the same fall over 300 iterations.
    assert config.param_scheduler.gamma**300 == pytest.approx(0.98**150)


def test_supervised_pretraining_and_amounts(change):
    study = read_study(
        change(
            "methods['labels'] = dict(\n"
            f"    config='{SEGMENTOR}',\n"
            "    data=dict(data['test'], classes=['a', 'b', 'c', 'd']),\n"
            ')\n'
            "methods['half'] = dict(methods['GLCNet'], amount=0.5)"
        )
    )
    config = pretraining_config(study, study.methods['labels'])
    assert config.model.decode_head.num_classes == 4
    assert config.train_dataloader.dataset.labels.endswith('labels')
    draw_splits(study)
    half = study.methods['half']
    dataset = pretraining_config(study, half).train_dataloader.dataset
    assert dataset.sampling.num_windows is None
    with open(dataset.sampling.windows_file) as file:
        # 3 scenes of 4 x 4 windows of 48 px.
        assert len(file.read().splitlines()) == 1 + 24


def test_what_a_set_lists_is_all_that_is_drawn(change, tmp_path):
    listed = tmp_path / 'mine.tsv'
    listed.write_text(''.join(f'images/1.tif\t{32 * i}\t64\n' for i in range(4)))
    study = prepare(
        change(
            f"data['labelled']['sampling'] = dict(windows_file='{listed}')\n"
            'fractions = [0.5, 1.0]\nseeds = [0]'
        )
    )
    half, whole = (
        study.folder.split(*d).read_text().splitlines()[1:] for d in study.draws()
    )
    assert len(half) == 2 and len(whole) == 4
    assert {line.split('\t')[2] for line in whole} == {'64'}


def test_a_start_of_the_config_itself_does_not_reach_random(change, tmp_path):
    own = tmp_path / 'own.py'
    own.write_text(
        f"_base_ = '{SEGMENTOR}'\n"
        "load_from = 'x.pth'\n"
        "custom_hooks = [dict(type='LoadPretrainedHook', checkpoint='x.pth')]\n"
        "model = dict(auxiliary_head=[dict(type='FCNHead', num_classes=9)])\n"
        "test_evaluator = dict(type='IoUMetric')\n"
    )
    study = read_study(change(f"finetuning['config'] = '{own}'"))
    config = finetuning_config(study, study.methods['Random'], 'w.tsv', 0, None)
    assert config.load_from is None and config.custom_hooks == []
    assert config.model.auxiliary_head[0].num_classes == 3
    assert config.test_evaluator.type == 'ConfusionMatrixMetric'
    own.write_text(
        f"_base_ = '{SEGMENTOR}'\n"
        "model = dict(backbone=dict(init_cfg=dict(type='Pretrained', checkpoint='x')))"
    )
    study = read_study(tmp_path / 'study.py')
    _parsed.cache_clear()
    with pytest.raises(ValueError, match='own.py starts from weights'):
        finetuning_config(study, study.methods['Random'], 'w.tsv', 0, None)


def test_a_mixture_is_a_method(change):
    study = read_study(
        change(
            "methods['mixed'] = dict("
            "config='configs/glcnet/glcnet-mixed_r18_small_sample.py', "
            "options={**small, **local}, data=dict(type='DomainDataset', "
            "datasets=[data['unlabelled'], data['unlabelled']]))"
        )
    )
    dataset = pretraining_config(study, study.methods['mixed']).train_dataloader.dataset
    assert [d.pipeline[1].type for d in dataset.datasets] == ['MakeViews'] * 2


def test_warm_up_in_other_units_is_refused(change, tmp_path):
    own = tmp_path / 'own.py'
    own.write_text(
        f"_base_ = '{CONFIGS / 'glcnet_potsdam.py'}'\n"
        'param_scheduler = [\n'
        "    dict(type='LinearLR', end=40, convert_to_iter_based=True),\n"
        "    dict(type='CosineAnnealingLR', begin=40, end=400, T_max=360),\n"
        ']\n'
    )
    study = read_study(change(f"methods['x'] = dict(config='{own}')"))
    warm_up, cosine = pretraining_config(study, study.methods['x']).param_scheduler
    # 6 iterations in all.
    assert (warm_up.end, warm_up.by_epoch, cosine.T_max, cosine.end) == (1, False, 5, 6)
    assert 'convert_to_iter_based' not in warm_up
    own.write_text(own.read_text().replace('end=40, ', 'end=40, by_epoch=False, '))
    _parsed.cache_clear()
    with pytest.raises(ValueError, match='LinearLR does not count what'):
        pretraining_config(study, study.methods['x'])


@pytest.mark.parametrize(
    'name, options',
    [
        ('multitask', {'1.crop': 32, '3.geometry.0.size': 32}),
        ('mpinet', {f'1.views.{v}.geometry.0.size': 32 for v in (0, 1)}),
    ],
)
def test_methods_that_train_a_backbone_join_as_they_are(change, name, options):
    pipeline = 'train_dataloader.dataset.pipeline.'
    settings = {f'{pipeline}{key}': value for key, value in options.items()}
    # Maps of 32 px have one cell at stride 32.
    tiny = {'default_hooks.dead_taps.published': True}
    settings.update(tiny)
    if name == 'mpinet':
        settings['model.neck.grid'] = 4
    study = read_study(
        change(
            f"methods = {{'Random': dict(), 'x': dict(level='backbone', "
            f"config='configs/{name}/{name}_r18_small_sample.py', "
            f'options={settings})}}\n'
            f"finetuning['options'] = {tiny | {'train_dataloader.num_workers': 0}}"
        )
    )
    draw_splits(study)
    cells = plan_cells(study)
    check_study(study, cells)  # reads, builds, and compares the weights to be loaded
    config = pretraining_config(study, study.methods['x'])
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(config.model)
    dataset = DATASETS.build(config.train_dataloader.dataset)
    batch = default_collate([dataset[i] for i in range(4)])
    losses = model(**model.data_preprocessor(batch, True), mode='loss')
    assert len(batch['inputs'][0][0]) == 3 and sum(losses.values()).isfinite()
