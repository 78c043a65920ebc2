"""What a done run of a study leaves: ``result.json``, read with care."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import UserError
from ..reading import read_json
from .convergence import has_converged
from .folder import TRAINING

MEND = 'remove it to have that run made again'


class RunResult(NamedTuple):
    """One run.

    Attributes:
        seconds: That it took.
        device: That it ran on.
        checkpoint: Of a pre-training, relative to its folder.
        labelled_windows: Of a fine-tuning.
        overall: Scores of a fine-tuning in percent; an undefined one is NaN.
        f1: The same of every class.
        probe: Kappa of a probe on what a fine-tuning started from, NaN if unknown.
        converged: Whether the training had converged; None if it cannot be told.
    """

    seconds: float
    device: str
    checkpoint: str | None
    labelled_windows: int
    overall: dict[str, float]
    f1: dict[str, float]
    probe: float
    converged: bool | None


def read_run(path: Path) -> RunResult:
    """Reads the result of a run.

    Raises:
        UserError: It is damaged.
    """
    return read_json(path, MEND, _take)


def _take(content: Mapping[str, Any]) -> RunResult:
    # A fine-tuning has scores, a pre-training the name of its weights.
    checkpoint = content.get('checkpoint')
    tuned = checkpoint is None
    if checkpoint is not None and Path(checkpoint).parent != Path(TRAINING):
        raise UserError(f'the checkpoint {checkpoint!r} is not in its own run')
    if not isinstance(content['device'], str):
        raise UserError('the device is no text')
    return RunResult(
        _number(content['seconds']),
        content['device'],
        checkpoint,
        _whole(content['labelled_windows']) if tuned else 0,
        _numbers(content['overall']) if tuned else {},
        _numbers(content['f1']) if tuned else {},
        # Older runs did not look.
        _number((content.get('probe') or {}).get('kappa', math.nan)),
        # A validation has judged a training that it ended.
        True if content.get('stopped_early') else has_converged(content.get('loss')),
    )


def _numbers(scores: Mapping[str, float | None]) -> dict[str, float]:
    if not scores:
        raise UserError('no scores')
    return {k: math.nan if v is None else _number(v) for k, v in scores.items()}


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UserError(f'{value!r} is no number')
    return float(value)


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise UserError(f'{value!r} is no count')
    return value
