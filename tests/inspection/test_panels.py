"""Equal numbers show equal places: by pixels that hold their own position."""

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from glcnet_mm.config import read_config
from glcnet_mm.inspection.bands import choose_renderings
from glcnet_mm.inspection.drawing import sample_figure
from glcnet_mm.inspection.from_config import dataset_parts
from glcnet_mm.inspection.panels import sample_panels
from glcnet_mm.inspection.samples import build_local_head, matched_regions


@pytest.fixture
def positions(folder, write_raster):
    """Scenes whose bands are column and row, so that a value names a place."""
    for number in range(2):
        row, column = np.mgrid[:160, :160].astype('float32')
        pixels = np.stack([column, row, column + row, 0 * row + number])
        write_raster(folder / f'images/{number}.tif', pixels)
    return folder


def at(panel, point):
    """Column and row that a panel's pixels hold at a point."""
    return np.array(
        [
            map_coordinates(panel.image[..., band], np.array([point[::-1]]).T, order=1)
            for band in (0, 1)
        ]
    ).ravel()


def panels_of(config, options=None, index=3):
    config = read_config(config, options)
    (part,) = dataset_parts(config, 'train')
    trace = part.trace(index, 0)
    regions = matched_regions(build_local_head(config.model), trace)
    panels = sample_panels(trace, regions)
    return {panel.title: panel for panel in panels}, trace


def numbered(panel):
    return {o.text: o.corners.mean(0) for o in panel.outlines if o.text.isdigit()}


NO_PHOTOMETRY = {'train_dataloader.dataset.pipeline.1.views.1.photometry': []}


def test_regions_of_one_number_show_one_place(positions, pretraining):
    panels, trace = panels_of(pretraining, NO_PHOTOMETRY)
    first, second = numbered(panels['view 1']), numbered(panels['view 2'])
    assert set(first) == set(second) == set('1234')
    # Centres are rounded to whole pixels of view 2 and boxes half-open, so that turns
    # move them by up to a pixel; pixels of a view are up to 1.33 of the window.
    for number, centre in first.items():
        gap = at(panels['view 1'], centre) - at(panels['view 2'], second[number])
        assert abs(gap).max() <= 1.5 * 1.34, number
    places = np.array([at(panels['view 1'], centre) for centre in first.values()])
    apart = abs(places[:, None] - places[None]).max(-1)[~np.eye(4, dtype=bool)]
    assert apart.min() > 4  # a figure with all numbers in one place would not pass


def test_outlines_in_the_window_lie_where_the_views_were_taken(positions, pretraining):
    panels, trace = panels_of(pretraining, NO_PHOTOMETRY)
    window = panels['window']
    for name in ('view 1', 'view 2'):
        (outline,) = [o for o in window.outlines if o.text == name]
        # Corners half a pixel inside, in the order of the view's own corners.
        middle = outline.corners.mean(0)
        inside = outline.corners + (middle - outline.corners) / 48
        own = [(0, 0), (47, 0), (47, 47), (0, 47)]
        for corner, pixel in zip(inside, own, strict=True):
            assert np.allclose(at(window, corner), at(panels[name], pixel), atol=0.6)
    boxes = [o for o in window.outlines if not o.text]
    assert len(boxes) == 8
    for number, outline in enumerate(boxes[:4], 1):
        place = at(window, outline.corners.mean(0))
        region = numbered(panels['view 1'])[str(number)]
        assert np.allclose(place, at(panels['view 1'], region), atol=0.3)


def test_without_a_local_head_no_regions_are_drawn(pretraining):
    panels, _ = panels_of(pretraining, {'model.local_head': None})
    assert not numbered(panels['view 1'])
    assert [o.text for o in panels['window'].outlines] == ['view 1', 'view 2']


def pretext(step):
    crop = dict(type='CropPixels', size=48)
    views = dict(type='MakeViews', views=[dict(geometry=[crop])])
    pipeline = [dict(type='LoadRaster'), views, step, dict(type='PackViews')]
    return {'train_dataloader.dataset.pipeline': pipeline, 'model.local_head': None}


def test_numbers_of_jigsaw_cells_tell_their_places(positions, pretraining):
    step = dict(type='JigsawCells', cell=16, crop=14, orders=50)
    panels, trace = panels_of(pretraining, pretext(step))
    view, mosaic = panels['view 1'], panels['shuffled cells']
    cut, shuffled = numbered(view), numbered(mosaic)
    assert set(cut) == set(shuffled) == set('123456789')
    for number, centre in shuffled.items():
        assert np.allclose(at(mosaic, centre), at(view, cut[number]), atol=0.1)
    # Number n is the n-th cell row by row of the view as it was.
    for number, centre in cut.items():
        row, column = divmod(int(number) - 1, 3)
        assert (centre // 16).tolist() == [column, row]
    assert list(map(int, shuffled)) != sorted(map(int, shuffled))


def test_holes_are_those_that_the_network_fills(positions, pretraining):
    panels, trace = panels_of(pretraining, pretext(dict(type='MakeHoles', side=9)))
    holes = trace.packed['data_samples'].holes.numpy()
    assert 0.1 < holes.mean() < 0.9
    assert np.array_equal(panels['holes'].holes, holes)


def test_the_augmented_label_follows_its_image(positions, finetuning):
    options = {'train_dataloader.dataset.pipeline.2.photometry': []}
    flipped = {
        'train_dataloader.dataset.pipeline.2.geometry': [
            dict(type='FlipAxes', horizontal=1.0, vertical=0.0, both=0.0)
        ]
    }
    panels, trace = panels_of(finetuning, {**options, **flipped})
    assert list(panels) == ['window', 'label', 'augmented', 'augmented label']
    assert np.array_equal(panels['window'].image, panels['augmented'].image[:, ::-1])
    assert np.array_equal(
        panels['label'].labels, panels['augmented label'].labels[:, ::-1]
    )


def test_a_label_legend_names_classes_and_what_is_ignored(folder, finetuning):
    labels = dict(
        _delete_=True, files=str(folder / 'labels'), ids={0: 0, 1: 1, 2: 'ignore'}
    )
    options = {'train_dataloader.dataset.labels': labels}
    panels, trace = panels_of(finetuning, options, index=0)
    labelled = panels['label'].labels
    assert (labelled == 255).any() and not (labelled == 2).any()
    names, palette = ['water', 'field', 'town'], [(0, 0, 255), (0, 255, 0), (255, 0, 0)]
    bands = choose_renderings([1, 2, 3, 4], None)
    figure = sample_figure(list(panels.values()), bands, names, palette)
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == [*names, 'ignored']
    # Water is blue over grey in the picture itself.
    picture = figure.axes[1].get_images()[0].get_array()
    water = picture[labelled == 0]
    assert (water[:, 2] >= 0.6).all() and np.allclose(water[:, 0], water[:, 1])
