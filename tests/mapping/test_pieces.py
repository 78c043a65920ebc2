import numpy as np
import pytest
import rasterio

from glcnet_mm.mapping import SlidingWindow, map_scene
from glcnet_mm.mapping import tiling as pieces
from glcnet_mm.mapping.tiling import Plan, parse_part


@pytest.fixture(params=[2**28, 40_000], ids=['one strip', 'strips'])
def small_pieces(request, monkeypatch):
    monkeypatch.setattr(pieces, 'PIECE_LINES', 50)
    monkeypatch.setattr(pieces, 'STRIP_BYTES', request.param)


def plan(height=400, width=300):
    return Plan(height, width, 32, 8, num_classes=3, pixel_bytes=8)


@pytest.mark.parametrize('size', [(400, 300), (31, 7), (1, 900), (33, 33)])
def test_pieces_tile_the_scene(small_pieces, size):
    counts = np.zeros(size, int)
    for band in plan(*size).bands():
        assert len({piece.window.row for piece in band}) == 1
        for piece in band:
            col, row, width, height = piece.window
            counts[row : row + height, col : col + width] += 1
    assert (counts == 1).all()


@pytest.mark.parametrize('parts', [1, 2, 3, 50])
def test_parts_share_the_bands(small_pieces, parts):
    shares = [plan().bands((i + 1, parts)) for i in range(parts)]
    assert [band for share in shares for band in share] == plan().bands()
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_a_wide_scene_is_cut_into_strips_that_bound_the_memory(monkeypatch):
    monkeypatch.setattr(pieces, 'STRIP_BYTES', 2**20)
    for width in (1_000, 10_000, 100_000):
        widest = max(piece.window.width for piece in plan(100, width).bands()[0])
        column_bytes = 32 * (4 * 3 + 3 * 8)
        assert widest * column_bytes < 1.1 * 2**20
    assert len(plan(100, 900).bands()[0]) == 1


def test_stretches_have_the_missing_pieces_and_no_more(small_pieces):
    whole = plan()
    named = {piece.name: piece for band in whole.bands() for piece in band}
    names = sorted(named)[::2]
    found = whole.stretches(set(names))
    assert sorted(p.name for s in found for p in s.pieces) == names
    for stretch in found:
        first, last = stretch.pieces[0].window, stretch.pieces[-1].window
        assert stretch.rows.first == first.row
        assert stretch.rows.stop == last.row + last.height
        assert stretch.columns.first == first.col
        assert stretch.columns.stop == first.col + first.width
        covered = np.zeros(stretch.rows.stop)
        for start in stretch.rows.starts:
            covered[start : start + 32] = 1
        assert covered[stretch.rows.first :].all()


@pytest.mark.parametrize('text', ['0/3', '4/3', '1', 'a/b', '1/', '-1/3'])
def test_a_part_is_one_of_so_many(text):
    assert parse_part('2/3') == (2, 3)
    with pytest.raises(ValueError, match='1/3, 2/3 or 3/3'):
        parse_part(text)


def read(path):
    with rasterio.open(path) as file:
        return file.read()


def map_all(segmentor, scene, folder, name, part=None, **options):
    outputs = [str(folder / f'{name}_{kind}.tif') for kind in 'cpe']
    map_scene(
        segmentor,
        scene,
        *outputs,
        SlidingWindow(overlap_px=11, batch_size=3, **options),
        part,
    )
    return outputs


@pytest.mark.parametrize('order', [(1, 2, 3), (3, 1), ()])
def test_parts_make_the_whole_to_the_bit(
    segmentor, write_scene, tmp_path, small_pieces, order
):
    scene = write_scene(260, 170, border=130)
    whole = map_all(segmentor, scene, tmp_path, 'whole')
    for number in order:
        outputs = map_all(segmentor, scene, tmp_path, 'parts', part=(number, 3))
        assert not any(map(str.__contains__, map(str, tmp_path.iterdir()), outputs))
    step, seen = segmentor.model.inference, []

    def count(inputs, metas):
        seen.append(metas)
        return step(inputs, metas)

    segmentor.model.inference = count
    outputs = map_all(segmentor, scene, tmp_path, 'parts')
    assert bool(seen) == (len(order) < 3)
    for one, other in zip(whole, outputs, strict=True):
        np.testing.assert_array_equal(read(one), read(other))
    assert not list(tmp_path.glob('*.parts'))


def test_an_interrupted_map_goes_on(segmentor, write_scene, tmp_path, small_pieces):
    scene = write_scene(260, 170)
    whole = map_all(segmentor, scene, tmp_path, 'whole')
    step, calls = segmentor.model.inference, []

    def fail_in_the_middle(inputs, metas):
        calls.append(metas)
        if len(calls) == 20:
            raise RuntimeError('out of memory')
        return step(inputs, metas)

    segmentor.model.inference = fail_in_the_middle
    with pytest.raises(RuntimeError, match='out of memory'):
        map_all(segmentor, scene, tmp_path, 'again')
    kept = list((tmp_path / 'again_c.tif.parts').glob('[0-9]*.tif'))
    assert 0 < len(kept)
    assert not list((tmp_path / 'again_c.tif.parts').glob('.*'))
    stamps = {path: path.stat().st_mtime_ns for path in kept}
    with pytest.raises(ValueError, match='begun with another window'):
        map_all(segmentor, scene, tmp_path, 'again', window_px=48)
    map_all(segmentor, scene, tmp_path, 'again', part=(1, 1))
    assert all(path.stat().st_mtime_ns == stamps[path] for path in kept)
    outputs = map_all(segmentor, scene, tmp_path, 'again')
    for one, other in zip(whole, outputs, strict=True):
        np.testing.assert_array_equal(read(one), read(other))


def test_only_a_map_of_the_same_settings_is_done(segmentor, write_scene, tmp_path):
    scene = write_scene()
    outputs = map_all(segmentor, scene, tmp_path, 'map')
    step, segmentor.model.inference = segmentor.model.inference, None
    before = open(outputs[0], 'rb').read()
    done = map_scene(segmentor, scene, *outputs, sliding=SlidingWindow(overlap_px=11))
    assert 'complete already' in done
    assert open(outputs[0], 'rb').read() == before
    segmentor.model.inference = step
    assert 'written' in map_scene(
        segmentor, scene, *outputs, sliding=SlidingWindow(overlap_px=12)
    )
    (tmp_path / 'map_p.tif').unlink()
    assert 'written' in map_scene(
        segmentor, scene, *outputs, sliding=SlidingWindow(overlap_px=12)
    )
    scene = write_scene(border=3)  # under the same name
    assert 'written' in map_scene(
        segmentor, scene, *outputs, sliding=SlidingWindow(overlap_px=12)
    )
