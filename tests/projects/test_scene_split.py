"""What is said of a part of the scenes that lacks classes."""

import numpy as np
import pytest

from glcnet_mm.errors import UserError
from glcnet_mm.projects.scene_split import SceneSplit, check_parts

AMOUNTS = np.array([[9, 0, 0], [0, 5, 1], [0, 0, 0]])


def parts(train, test):
    return check_parts(SceneSplit(train, test, []), AMOUNTS, ['wood', 'road', 'lake'])


def test_a_class_that_a_part_lacks_is_named():
    assert parts([1], [0]) == [
        'No scene to learn from shows wood.',
        'No scene to test shows road, lake.',
    ]
    assert parts([0, 1], []) == []


@pytest.mark.parametrize(('scene', 'only'), [(0, 'wood alone'), (2, 'none')])
def test_one_class_to_learn_from_is_refused(scene, only):
    with pytest.raises(UserError, match=f'wood, road, lake .* show {only}, but a'):
        parts([scene], [1])
