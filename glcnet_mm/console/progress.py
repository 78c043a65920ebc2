"""Progress with the time left: a bar in a terminal, plain lines anywhere else."""

import re
import shutil
import sys
import time
from collections.abc import Callable
from typing import TextIO

from .duration import readable_time

REDRAW_SECONDS = 0.2
# Between two plain lines: a twentieth of the time so far, within these bounds.
LINE_SECONDS = (2.0, 60.0)
RELAY_SECONDS = 10.0
BAR_CHARACTERS = 24
LINE = re.compile(r'^\d+ of \d+ \w+ \((\d+) %\)')
_shown: 'Progress | None' = None


class Progress:
    """Counts work that is done and says how long the rest will take.

    Args:
        total: How much there is to do.
        unit: What is counted, in the plural.
        done: How much was done before.
        stream: Where to write; the output when None.
        clock: Tells the seconds.
    """

    def __init__(
        self,
        total: int,
        unit: str,
        done: int = 0,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.total, self.unit, self.done = total, unit, done
        self.stream = sys.stdout if stream is None else stream
        self.is_live = self.stream.isatty()
        self._clock = clock
        self._start = clock()
        self._first: tuple[int, float] | None = None
        self._next = self._start

    def add(self, count: int = 1, note: Callable[[], str] = str) -> None:
        """Notes more work, and shows it when it is time to.

        Args:
            count: How much.
            note: Makes a text to show beside it; called when it is shown.
        """
        self.done += count
        now = self._clock()
        # The first piece of work includes the start of workers and caches.
        self._first = self._first or (self.done, now)
        if now < self._next and self.done < self.total:
            return
        self._next = now + self._pause(now)
        text = self._line(now, note())
        if not self.is_live:
            print(text, file=self.stream, flush=True)  # noqa: T201
            return
        self.draw(text)
        if self.done >= self.total:
            self.close()

    def draw(self, text: str) -> None:
        """Shows a line of progress in the place of the one before, as a bar."""
        global _shown
        _shown = self
        width = shutil.get_terminal_size().columns - 1
        self.stream.write(f'\r\x1b[K{with_bar(text)[:width]}')
        self.stream.flush()

    def clear(self) -> None:
        """Takes the bar off the screen, so that something else can be written."""
        global _shown
        if _shown is self:
            self.stream.write('\r\x1b[K')
            self.stream.flush()
            _shown = None

    def close(self) -> None:
        """Leaves the last state of the bar on the screen."""
        global _shown
        if _shown is self:
            self.stream.write('\n')
            self.stream.flush()
            _shown = None

    def _pause(self, now: float) -> float:
        if self.is_live:
            return REDRAW_SECONDS
        least, most = LINE_SECONDS
        return min(max(least, (now - self._start) / 20), most)

    def _line(self, now: float, note: str) -> str:
        share = 100 * self.done // max(self.total, 1)
        parts = [f'{self.done} of {self.total} {self.unit} ({share} %)']
        parts += [note] if note else []
        begun, start = self._first or (self.done, now)
        if self.done >= self.total:
            parts.append(f'done in {readable_time(now - self._start)}')
        elif self.done > begun:
            left = (now - start) / (self.done - begun) * (self.total - self.done)
            parts.append(f'{readable_time(max(left, 1))} left')
        return ', '.join(parts)


def is_progress(line: str) -> bool:
    """Whether a line was written by ``Progress``."""
    return LINE.match(line) is not None


def with_bar(line: str) -> str:
    """A line of progress with a bar before it."""
    match = LINE.match(line)
    if match is None:
        return line
    full = int(match[1]) * BAR_CHARACTERS // 100
    return f'[{"#" * full}{"." * (BAR_CHARACTERS - full)}] {line}'


def clear_progress() -> None:
    """Takes a bar off the screen, if there is one."""
    if _shown is not None:
        _shown.clear()


class Relay:
    """Shows what another process says of its progress as if it were one's own.

    Args:
        stream: Where to write; the output when None.
        clock: Tells the seconds.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bar = Progress(1, '', stream=stream)
        self._clock = clock
        self._next = clock()

    def show(self, line: str) -> None:
        """Shows a line if it is one of progress, not too often in a redirected log."""
        line = line.strip()
        if not is_progress(line):
            return
        if self._bar.is_live:
            self._bar.draw(line)
        elif self._clock() >= self._next:
            self._next = self._clock() + RELAY_SECONDS
            print(f'  {line}', file=self._bar.stream, flush=True)  # noqa: T201

    def close(self) -> None:
        """Leaves the last state on the screen."""
        self._bar.close()
