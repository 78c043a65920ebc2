"""Keeps what other packages say out of the terminal and in the log file.

Uses the standard library only, so that it is there before anything else is imported.
"""

import contextlib
import importlib
import io
import logging
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .progress import clear_progress

OURS = Path(__file__).resolve().parents[1]
PACKAGES = ('site-packages', 'dist-packages')
# Warnings in the logs of other packages that ask nothing of a user.
HARMLESS = re.compile(
    'HardDiskBackend|FileClient|is the alias of|Could not import OneDL'
)
# Results, which users wait for, whoever writes them.
RESULTS = ('after_val_epoch', 'after_test_epoch')
SCORE = re.compile(r'(\S+): ')
TIMES = {'data_time', 'time'}
_kept: list[str] = []
_log: logging.Logger | None = None
_shown_before = warnings.showwarning


class Essentials(logging.Filter):
    """Lets through what this package says, results, warnings and errors."""

    def __init__(self) -> None:
        super().__init__()
        self._before = ''

    def filter(self, record: logging.LogRecord) -> bool:
        """Decides, and makes room on the screen."""
        shown = _is_essential(record) and not self._is_said(record)
        if shown:
            clear_progress()
            self._before = record.getMessage()
        return shown

    def _is_said(self, record: logging.LogRecord) -> bool:
        """Whether a line of results has no score that is not in the table before."""
        if record.funcName not in RESULTS:
            return False
        scores = set(SCORE.findall(record.getMessage())) - TIMES
        return bool(scores) and scores <= set(self._before.split())


class PlainText(logging.Formatter):
    """The message alone; a warning or an error says that it is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Text of a record."""
        text = super().format(record)
        if record.levelno < logging.WARNING:
            return text
        return f'{record.levelname.capitalize()}: {text}'


def _is_essential(record: logging.LogRecord) -> bool:
    if getattr(record, 'kept', False):
        return False
    if record.levelno >= logging.ERROR or _is_ours(record.pathname):
        return True
    if record.levelno >= logging.WARNING:
        return HARMLESS.search(record.getMessage()) is None
    return record.funcName in RESULTS


def _is_ours(path: str) -> bool:
    return OURS in Path(path).resolve().parents


def show_essentials(logger: logging.Logger) -> None:
    """Makes a logger's terminal short; its file keeps everything.

    What was kept before goes to the file as well.
    """
    global _log
    for handler in logger.handlers:
        if not isinstance(handler, logging.FileHandler):
            handler.addFilter(Essentials())
            handler.setFormatter(PlainText())
    _log = logger
    while _kept:
        _to_file(logger, _kept.pop(0))


def keep_warnings() -> None:
    """From now on warnings of other packages go to the log file."""
    global _shown_before
    if warnings.showwarning is not _show:
        _shown_before = warnings.showwarning
        warnings.showwarning = _show


@contextlib.contextmanager
def kept_imports() -> Iterator[None]:
    """Keeps what modules print and warn of while they are imported."""
    before = warnings.showwarning
    keep_warnings()
    try:
        with kept_prints():
            yield
    finally:
        warnings.showwarning = before


@contextlib.contextmanager
def kept_prints() -> Iterator[None]:
    """Keeps what other packages print, which passes by every logger."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            yield
    finally:
        for text in filter(None, map(str.strip, printed.getvalue().splitlines())):
            _keep(text)


def import_scope(scope: str) -> None:
    """Imports what a default scope brings, which a registry does later and aloud."""
    if scope in ('mmseg', 'mmpretrain'):
        with kept_imports():
            importlib.import_module(f'{scope}.datasets')


def enter_scope(scope: str) -> None:
    """Makes a scope the default of the registries; its packages are kept silent."""
    from mmengine.registry import init_default_scope

    import_scope(scope)
    init_default_scope(scope)


def _show(
    message: Any, category: type, filename: str, *place: Any, **more: Any
) -> None:
    if _is_ours(filename) or not any(name in filename for name in PACKAGES):
        clear_progress()
        _shown_before(message, category, filename, *place, **more)
        return
    _keep(warnings.formatwarning(message, category, filename, place[0]).strip())


def _keep(text: str) -> None:
    if _log is None:
        _kept.append(text)
    else:
        _to_file(_log, text)


def _to_file(log: logging.Logger, text: str) -> None:
    log.warning(text, extra=dict(kept=True))
