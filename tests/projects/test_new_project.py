import numpy as np
import pytest
import rasterio
from mmengine.config import Config

from glcnet_mm.projects.config_texts import HERE, data_text
from glcnet_mm.projects.machine import Budget, Machine, Sizes

CLASSES = 'id,name\n10,field\n30,wood\n'


def names(count, form='scene_{}.tif'):
    return [form.format(number) for number in range(count)]


@pytest.fixture
def folder(tmp_path, write_scenes, write_halves):
    write_scenes(tmp_path / 'images', names(6, '2020010{0}_s{0}_rgb.tif'))
    write_halves(tmp_path / 'labels', names(5, 's{}_truth.TIF'))
    (tmp_path / 'labels' / 'classes.csv').write_text(CLASSES)
    return tmp_path


def test_facts_split_and_configs(folder, call_tool):
    told, end = call_tool(
        'new_project.py', folder, 'images', '--labels', 'labels', 'out'
    )
    assert end is None
    assert 'scenes to learn from, 1 to test: 80% and 20% of the labelled' in told
    assert 'field 50.0%, wood 50.0%' in told and len(told.splitlines()) < 40
    data = Config.fromfile(folder / 'out' / 'data.py').data
    assert data.labelled.classes == ['field', 'wood']
    assert data.labelled.labels.ids == {10: 0, 30: 1}
    assert len(data.labelled.images) == 4 and len(data.test.images) == 1
    learnt = {*data.labelled.images, *data.unlabelled.images}
    assert not learnt & {*data.test.images} and len(learnt) == 5
    pixels = [rasterio.open(p).read() for p in sorted((folder / 'images').iterdir())]
    wanted = np.mean(pixels, (0, 2, 3))
    np.testing.assert_allclose(data.mean, wanted, rtol=1e-6)
    for path in (folder / 'out').glob('[!d]*.py'):
        lines = [line for line in path.read_text().splitlines() if line]
        assert len(lines) < 15 and max(map(len, lines)) < 200
        Config.fromfile(path)


def test_nothing_is_overwritten_and_nothing_left(folder, call_tool):
    (folder / 'out').mkdir()
    (folder / 'out' / 'mine.txt').write_text('mine')
    end = call_tool('new_project.py', folder, 'images', 'out')[1]
    assert end == (
        'Error: out exists and is not empty; name a new folder for the project.'
    )
    before = sorted(path.name for path in folder.iterdir())
    end = call_tool('new_project.py', folder, 'images', '--labels', 'nowhere', 'other')[
        1
    ]
    assert 'nowhere does not exist' in end
    assert sorted(path.name for path in folder.iterdir()) == before


def test_labels_of_another_size_are_named(folder, call_tool, write_halves):
    write_halves(folder / 'labels', ['s0_truth.TIF'], size=32)
    end = call_tool('new_project.py', folder, 'images', '--labels', 'labels', 'out')[1]
    assert 's0_truth.TIF has 32x32 pixels but its image' in end


def test_a_single_scene_is_split_by_blocks(
    tmp_path, call_tool, write_scenes, write_halves
):
    write_scenes(tmp_path / 'images', ['a.tif'], size=400)
    write_halves(tmp_path / 'labels', ['b.tif'], (0, 1), size=400)
    end = call_tool('new_project.py', tmp_path, 'images', '--labels', 'labels', 'out')[
        1
    ]
    assert end is None
    places = {}
    for part in ('train', 'test'):
        lines = (tmp_path / 'out' / f'{part}.tsv').read_text().splitlines()[1:]
        places[part] = [tuple(map(int, line.split('\t')[1:])) for line in lines]
    taken = np.zeros((500, 500), int)
    for number, part in enumerate(places.values(), 1):
        for col, row in part:
            taken[row : row + 96, col : col + 96] |= number
    assert set(np.unique(taken)) == {0, 1, 2} or set(np.unique(taken)) == {1, 2}


def test_without_labels_it_ends_with_the_pretraining(tmp_path, call_tool, write_scenes):
    write_scenes(tmp_path / 'images', names(2), bands=5)
    told, end = call_tool('new_project.py', tmp_path, 'images', 'out')
    assert end is None and 'No labels were given' in told
    assert sorted(p.name for p in (tmp_path / 'out').iterdir()) == [
        'data.py',
        'pretrain.py',
    ]
    views = Config.fromfile(tmp_path / 'out' / 'pretrain.py').views
    assert 'HueSaturationValue' not in str(views)


def test_labels_in_the_folder_of_the_images_are_not_mapped(
    tmp_path, call_tool, write_scenes, write_halves
):
    areas = [f'area {number}' for number in range(4)]
    scenes = write_scenes(tmp_path / 'set', [f'{a}/images/1.tif' for a in areas])
    write_halves(tmp_path / 'set', [f'{a}/masks/1.tif' for a in areas], (0, 1))
    call = ('set', '--labels', 'set/*/masks', 'out')
    told, end = call_tool('new_project.py', tmp_path, *call)
    assert end is None and 'predict_scene.py out/scenes.txt out/maps --config' in told
    listed = (tmp_path / 'out' / 'scenes.txt').read_text().split('\n')
    assert listed == [*map(str, scenes), '']


@pytest.mark.slow
def test_from_a_folder_to_a_map(folder, call_tool, monkeypatch):
    from glcnet_mm.projects import machine, project
    from glcnet_mm.projects.machine import Budget, Sizes

    few = Budget(2, 4)
    monkeypatch.setattr(project, 'sizes_for', lambda *_: Sizes(32, 64, 1, few, few))
    assert machine.sizes_for(machine.Machine(2, 0), 'small') != few
    call = ('new_project.py', folder, 'images', '--labels', 'labels', 'out')
    assert call_tool(*call)[1] is None
    assert call_tool('train.py', folder, 'out/pretrain.py')[1] is None
    assert call_tool('train.py', folder, 'out/finetune_pretrained.py')[1] is None
    scene = sorted((folder / 'images').iterdir())[0]
    weights = 'out/work_dirs/finetune_pretrained/iter_2.pth'
    config = ('--config', 'out/finetune_pretrained.py', '--checkpoint', weights)
    assert call_tool('predict_scene.py', folder, scene, 'map.tif', *config)[1] is None
    with rasterio.open(folder / 'map.tif') as made, rasterio.open(scene) as given:
        assert made.transform == given.transform and made.crs == given.crs
        assert set(np.unique(made.read(1))) <= {0, 1}


def test_a_long_path_below_the_project_is_kept_in_one_piece(tmp_path):
    name = f'labels/0000_{"m_4709963_se_14_1_20090818" * 3}.tif'
    few = Budget(1, 1)
    data = dict(labelled=dict(labels=dict(files=[f'{HERE}/{name}'])))
    text = data_text({}, data, Sizes(32, 32, 1, few, few), Machine(1, 0))
    (tmp_path / 'data.py').write_text(text)
    read = Config.fromfile(tmp_path / 'data.py').data.labelled.labels.files
    assert list(read) == [f'{tmp_path}/{name}']
