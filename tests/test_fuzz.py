"""A short, fixed part of the fuzzing, and that it finds what it looks for."""

from pathlib import Path

import numpy as np
import pytest

from glcnet_mm.console.tool import run_tool

from .fuzz.__main__ import WRONG
from .fuzz.flipped_bits import PACKINGS, count
from .fuzz.mutations import mutate
from .fuzz.run import fuzz
from .fuzz.target import Target
from .fuzz.worker import run_case


@pytest.mark.slow
def test_damaged_files_of_every_kind_are_refused_with_their_name():
    outcomes = list(fuzz(seed=0, cases=82))
    wrong = [outcome for outcome in outcomes if outcome.kind in WRONG]
    assert not wrong, wrong[0]
    assert [outcome.case for outcome in outcomes] == list(range(82))
    assert {'rasters', 'labels', 'tables', 'checkpoints', 'results'} <= {
        outcome.group for outcome in outcomes
    }
    refused = sum(outcome.kind == 'refused' for outcome in outcomes)
    assert 40 < refused < 82


def outcome_of(tmp_path, read):
    target = Target('tables', 'a.txt', b'1 2 3', True, read)
    return run_case([target], 0, tmp_path, seed=0)


def test_a_traceback_and_a_sentence_without_name_are_told_apart(tmp_path):
    def divide(path):
        return 1 / 0

    def sentence(path):
        return 'It is damaged.'

    def name(path):
        return f'{path} is damaged.'

    assert 'ZeroDivisionError' in outcome_of(tmp_path, divide).text
    kinds = [outcome_of(tmp_path, read).kind for read in (divide, sentence, name)]
    assert kinds == ['traceback', 'unnamed', 'refused']
    assert outcome_of(tmp_path, lambda path: None).kind == 'accepted'
    assert not list(Path(tmp_path).iterdir())


def test_an_error_of_a_library_is_a_traceback(tmp_path):
    bare = outcome_of(tmp_path, lambda path: int(path.read_bytes() + b'x'))
    assert bare.kind == 'traceback'
    with pytest.raises(ValueError):
        run_tool(lambda: int('x'))


def test_a_case_is_told_by_seed_and_number():
    def draw(seed):
        return mutate(b'some text', np.random.default_rng([seed, 5]), True)

    assert draw(1) == draw(1) != draw(2)


def test_only_checksums_tell_some_flipped_bits_of_deflate(tmp_path):
    found = count(tmp_path, PACKINGS['deflate'], flips=60)
    assert 0 < found['silent'] == found['told']
