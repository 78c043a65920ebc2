"""Times, bars and lines."""

import io
import re

import pytest

from glcnet_mm.console.duration import readable_time
from glcnet_mm.console.progress import (
    Progress,
    clear_progress,
    is_progress,
    with_bar,
)


class Terminal(io.StringIO):
    """Says that it is one."""

    def isatty(self):
        return True


def work(total, seconds_each, stream, done=0):
    """Everything that a run of equal steps writes."""
    now = [0.0]
    progress = Progress(total, 'steps', done, stream, clock=lambda: now[0])
    for _ in range(done, total):
        now[0] += seconds_each
        progress.add(note=lambda: 'loss 1.5')
    return stream.getvalue()


@pytest.mark.parametrize(
    ('seconds', 'text'),
    [
        (0.04, '0.0 s'),
        (0.94, '0.9 s'),
        (8.2, '8 s'),
        (59.6, '1 min'),
        (61, '1 min 1 s'),
        (3599.7, '1 h'),
        (4800, '1 h 20 min'),
        (7170, '2 h'),
        (86400 * 2 + 3 * 3600, '2 d 3 h'),
    ],
)
def test_times_as_people_say_them(seconds, text):
    assert readable_time(seconds) == text


def test_times_never_show_sixty_of_a_finer_unit():
    for seconds in range(0, 200000, 7):
        numbers = re.findall(r'(\d+) (s|min|h)', readable_time(seconds))
        assert all(int(n) < (24 if unit == 'h' else 60) for n, unit in numbers)


def test_a_log_gets_plain_lines_with_the_right_time_left():
    lines = work(100, 1.0, io.StringIO()).splitlines()
    assert all(is_progress(line) and '\r' not in line for line in lines)
    left = {
        int(match[1]): int(match[2])
        for line in lines
        if (match := re.match(r'(\d+) of 100 .* (\d+) s left$', line))
    }
    assert len(left) > 20
    assert all(seconds == 100 - done for done, seconds in left.items() if done > 40)
    assert lines[-1] == '100 of 100 steps (100 %), loss 1.5, done in 1 min 40 s'


def test_a_long_run_writes_few_lines():
    lines = work(86400, 1.0, io.StringIO()).splitlines()
    assert len(lines) < 1600  # a day, by the minute at most


def test_a_terminal_gets_one_line_that_is_drawn_again():
    text = work(10, 1.0, Terminal())
    assert text.count('\n') == 1 and text.endswith('\n')
    frames = text.split('\r\x1b[K')[1:]
    assert len(frames) == 10
    assert frames[4].startswith('[############............] 5 of 10 steps')


def test_a_resumed_run_counts_only_its_own_work():
    lines = work(100, 1.0, io.StringIO(), done=90).splitlines()
    assert lines[1] == '93 of 100 steps (93 %), loss 1.5, 7 s left'
    assert lines[-1].endswith('done in 10 s')


def test_a_bar_makes_room_for_other_text():
    terminal = Terminal()
    Progress(5, 'steps', stream=terminal).draw('1 of 5 steps (20 %)')
    clear_progress()
    assert terminal.getvalue().endswith('\r\x1b[K')
    clear_progress()
    assert terminal.getvalue().count('\x1b[K') == 2


def test_other_lines_have_no_bar():
    assert with_bar('Training data') == 'Training data'
    assert not is_progress('5 rasters of 10')
