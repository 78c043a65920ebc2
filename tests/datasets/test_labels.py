"""Colours that mean no class, masks that are not quite 0 and 255, and look-ups."""

import re

import numpy as np
import pytest

from glcnet_mm.datasets.labels import LabelDecoder
from glcnet_mm.errors import UserError

COLOURS = [(255, 0, 0), (0, 255, 0)]


def test_ignored_colours_are_not_counted_as_unknown():
    raw = np.array([[(255, 0, 0), (0, 0, 0), (0, 255, 0), (9, 9, 9)]], 'uint8')
    plain = LabelDecoder('ab', colours=COLOURS)(raw, 'x.png')
    assert plain[0].tolist() == [[0, 255, 1, 255]] and plain[1] == 2
    decoder = LabelDecoder('ab', colours=COLOURS, ignored=[(0, 0, 0)])
    labels, unknown = decoder(raw, 'x.png')
    assert labels.tolist() == [[0, 255, 1, 255]] and unknown == 1
    with pytest.raises(ValueError, match='the same colour'):
        LabelDecoder('ab', colours=COLOURS, ignored=[(0, 255, 0)])


def test_a_threshold_rounds_every_channel_to_its_end():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, (8, 8))
    colours = np.array([*COLOURS, (0, 0, 0)])[truth]
    noise = rng.integers(0, 128, colours.shape)
    raw = np.where(colours == 255, 255 - noise.clip(max=127), noise).astype('uint8')
    decoder = LabelDecoder('ab', None, COLOURS, [(0, 0, 0)], threshold=128)
    labels, unknown = decoder(raw, 'x.png')
    assert unknown == 0 and np.array_equal(labels, np.where(truth == 2, 255, truth))


def test_a_look_up_tells_unknown_numbers_without_stopping():
    raw = np.array([[1, 4, 255, 7]], 'int16')[..., None]
    decoder = LabelDecoder('ab', {1: 0, 4: 1})
    labels, known = decoder.look_up(raw, 'x.tif')
    assert labels.tolist() == [[0, 1, 255, 255]]
    assert known.tolist() == [[True, True, True, False]]
    with pytest.raises(ValueError, match='x.tif holds the label value 7'):
        decoder(raw, 'x.tif')
    # A table may use 255 and negative numbers.
    labels, known = LabelDecoder('ab', {255: 1, -1: 'ignore'})(raw[:, 2:3], 'x.tif')
    assert labels.tolist() == [[1]] and known == 0


@pytest.mark.parametrize(
    'ids',
    [
        *([0, 1], {'road': 1}, {1: 'road'}, {1: None}),
        *({1: 0.7}, {1.5: 0}, {1: float('nan')}, {float('inf'): 0}, {1: '0.7'}),
    ],
)
def test_ids_that_map_nothing_are_told(ids):
    sentence = r'labels\.ids must map .* such as \{1: 0, 2: "ignore"\}; got '
    with pytest.raises(UserError, match=sentence + re.escape(repr(ids))):
        LabelDecoder('ab', ids)


def test_whole_numbers_may_be_written_with_a_point_or_as_text():
    raw = np.array([[1, 2]])[..., None]
    for ids in ({1: 1, 2: 0}, {1.0: 1.0, 2.0: 0.0}, {'1': '1', '2': '0'}):
        assert LabelDecoder('ab', ids)(raw, 'x.tif')[0].tolist() == [[1, 0]]


@pytest.mark.parametrize('colour', ['red', (1, 2), (0.5, 1.0, 0.0), (0, 256, 0), 7])
def test_colours_that_are_none_are_told(colour):
    with pytest.raises(UserError, match='red, green and blue of each colour'):
        LabelDecoder('ab', colours=[(0, 0, 0), colour])
    with pytest.raises(UserError, match='red, green and blue of each colour'):
        LabelDecoder('a', colours=[(0, 0, 0)], ignored=[colour])


def test_a_channel_of_16_bits_is_no_colour_of_8():
    colours = [(0, 1, 0), (255, 0, 0), (0, 255, 0)]
    raw = np.array([[(0, 0, 256), (0, 1, 0), (65535, 0, 0), (254, 256, 0)]], 'uint16')
    labels, unknown = LabelDecoder('abc', colours=colours)(raw, 'x.tif')
    assert labels.tolist() == [[255, 0, 255, 255]] and unknown == 3


def test_there_are_no_more_classes_than_labels_have_room_for():
    LabelDecoder(range(255))
    with pytest.raises(UserError, match='256 classes'):
        LabelDecoder(range(256))
