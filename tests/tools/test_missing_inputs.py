"""Every tool names a config, checkpoint or folder that is not there."""

import numpy as np
import pytest

NAMES = ['gone.py', 'gone.pth', 'gone', 'gone.tif', 'gone.tsv']


@pytest.mark.parametrize(
    'call',
    [
        ['browse_data.py', 'gone.py', '--out', 'out'],
        ['check_data.py', 'gone.py'],
        ['check_data.py', 'gone', '--set', 'loveda'],
        ['check_data.py', 'gone', '--set', 'generic'],
        ['choose_windows.py', 'gone.py', 'out', '--budget', '2'],
        ['compute_stats.py', 'gone.py', 'out.json'],
        ['compute_stats.py', '--images', 'gone', '--', 'out.json'],
        ['export.py', 'gone.py', 'a.pth', 'out.onnx', '--scene', 'a.tif'],
        ['export.py', 'a.py', 'gone.pth', 'out.onnx', '--scene', 'a.tif'],
        ['export_backbone.py', 'gone.pth', 'out.pth'],
        ['label_efficiency.py', 'gone.py'],
        ['make_splits.py', 'gone.py', 'out.tsv', '--fraction', '0.1'],
        ['new_project.py', 'gone', 'out'],
        ['new_project.py', 'a.tif', 'out', '--labels', 'gone'],
        ['predict_scene.py', 'gone.tif', 'm.tif', '--config', 'a.py', '--checkpoint',
         'a.pth'],
        ['predict_scene.py', 'a.tif', 'm.tif', '--config', 'gone.py', '--checkpoint',
         'a.pth'],
        ['predict_scene.py', 'a.tif', 'm.tif', '--config', 'a.py', '--checkpoint',
         'gone.pth'],
        ['retile.py', 'gone', '--out', 'out'],
        ['stack_bands.py', 'out', 'gone', 'gone'],
        ['test.py', 'gone.py', 'a.pth'],
        ['train.py', 'gone.py'],
        ['train.py', 'gone.py', '--resume'],
    ],
    ids=lambda call: ' '.join(call[:2]),
)  # fmt: skip
def test_a_missing_input_is_named(call_tool, tmp_path, write_raster, call):
    (tmp_path / 'a.py').write_text('a = 1\n')
    (tmp_path / 'a.pth').touch()
    write_raster(tmp_path / 'a.tif', np.arange(192, dtype='uint8').reshape(3, 8, 8))
    output, sentence = call_tool(call[0], tmp_path, *call[1:])
    if '--set' in call and sentence == 1:
        sentence = output  # the report on what was found
    assert isinstance(sentence, str), sentence
    assert any(name in sentence for name in NAMES), sentence
    assert 'Traceback' not in sentence


def test_a_broken_config_is_named(call_tool, tmp_path):
    (tmp_path / 'bad.py').write_text('_base_ = "nothing.py"\n')
    (tmp_path / 'worse.py').write_text('model = dict(\n')
    for name in ('bad.py', 'worse.py'):
        for tool in ('train.py', 'check_data.py', 'browse_data.py'):
            options = ['--out', 'out'] if tool.startswith('browse') else []
            sentence = call_tool(tool, tmp_path, name, *options)[1]
            assert f'{name} cannot be read as a config' in sentence


def test_the_output_is_a_file_of_something_else(call_tool, tmp_path):
    (tmp_path / 'taken').write_text('')
    sentence = call_tool('make_sample.py', tmp_path, 'taken')[1]
    assert 'taken' in sentence and 'Error' in sentence
