import numpy as np

from glcnet_mm.rasters.default_colours import BLUE, EXPECTED, GREY, default_palette

YELLOW = (230, 200, 60)


def test_names_say_the_colour_whatever_their_order_and_case():
    names = ['Forest land', 'Bare / sparse vegetation', 'Not water', 'WATER']
    colours = default_palette(names)
    assert colours == [(20, 100, 40), (190, 150, 105), GREY, BLUE]
    assert default_palette(names[::-1]) == colours[::-1]
    names = ['Non-irrigated arable land', 'non-forest', 'Flooded forest', 'flooded']
    assert default_palette(names) == [YELLOW, GREY, (20, 100, 40), BLUE]


def test_two_classes_of_one_meaning_have_two_colours():
    colours = default_palette(['lake', 'river', 'class 7'])
    assert colours[0] == BLUE
    apart = [np.linalg.norm(np.subtract(a, b)) for a in colours for b in colours]
    assert sorted(apart)[3] > 100  # three are zero: of each with itself


def test_numbers_get_hues():
    assert default_palette(['class 0', 'class 1']) == [(230, 57, 57), (57, 230, 230)]


def test_many_classes_all_differ():
    kinds = [f'kind {i}' for i in range(255)]
    for names in (['water', *kinds[:200]], [*(w[0] for _, w in EXPECTED), *kinds[:9]]):
        assert len(set(default_palette(names))) == len(names)
    assert len(set(default_palette(kinds))) > 200
