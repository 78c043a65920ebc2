"""DeepGlobe cut to tiles, divided by a table."""

import numpy as np
import pytest

from glcnet_mm.datasets import DeepGlobeTilesDataset
from tests.layouts import LOAD, write


@pytest.fixture
def root(tmp_path, write_raster):
    rows = ['tile,scene,part']
    image, forest = np.full((2, 3, 64, 64), 9, 'uint8')
    forest[:] = np.array([0, 255, 0])[:, None, None]
    for number, part in enumerate(['train', 'test', 'train']):
        write(write_raster, tmp_path / f'images/t{number}.jpg', image)
        write(write_raster, tmp_path / f'masks/t{number}.png', forest)
        rows.append(f't{number},0,{part}')
    (tmp_path / 'tiles.csv').write_text('\n'.join(rows) + '\n')
    return tmp_path


def build(root, part='train', **changes):
    return DeepGlobeTilesDataset(str(root), part, window=16, pipeline=LOAD, **changes)


def test_a_part_reads_its_tiles_at_another_scale(root):
    train = build(root, gsd=1)
    assert [i.path[-6:] for i in train.index.infos] == ['t0.jpg', 't2.jpg']
    assert len(train) == 2 * 2 * 2
    assert (train[0]['gt_seg_map'] == 3).all() and train[0]['valid'].all()
    assert len(build(root, 'test')) == 4 * 4
    assert build(root, 'test').metainfo['classes'][3] == 'forest land'


def test_a_wrong_part_or_table_is_named(root):
    with pytest.raises(ValueError, match='tiles.csv has no tile of the part "val"; it'):
        build(root, 'val')
    (root / 'tiles.csv').write_text('name\na\n')
    with pytest.raises(ValueError, match='tiles.csv needs the columns tile and part'):
        build(root)
    (root / 'tiles.csv').unlink()
    with pytest.raises(FileNotFoundError, match='tiles.csv does not exist'):
        build(root)
