"""Finding the newest checkpoint that a run can go on from."""

import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from mmengine.runner import Runner
from torch import Tensor

from ..errors import UserError
from ..files import remove_partials, write_text
from ..models.weights.safe_pickle import load_safely

# What reading a damaged archive may raise.
DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


def fall_back_to_intact(runner: Runner, folder: Path, template: str) -> bool:
    """Points ``last_checkpoint`` to the newest whole checkpoint of a run.

    Args:
        runner: About to resume; its work folder has ``last_checkpoint``.
        folder: Where the checkpoints are.
        template: Their name, with ``{}`` for the step. The best ones have another
            name: they lack the state of the optimiser.

    Returns:
        Whether there is any.

    Raises:
        UserError: There are checkpoints but none is whole.
    """
    pointer = Path(runner.work_dir) / 'last_checkpoint'
    named = pointer.read_text(errors='replace').strip() if pointer.exists() else ''
    if named and can_resume(Path(named)):
        return True
    found = _by_step(folder, template)
    if not found and not named:
        # A pointer to nothing would be read as the path of a checkpoint.
        pointer.unlink(missing_ok=True)
        return False
    intact = next((path for path in found if can_resume(path)), None)
    if intact is None:
        state = (
            f'All {len(found)} checkpoints in {folder} are damaged or of no training '
            f'run'
        )
        if not found:
            state = f'{named} is damaged or missing, and {folder} has no other'
        raise UserError(
            f'{state}; remove {pointer} and them to begin anew, or copy a whole '
            f'checkpoint there.'
        )
    runner.logger.warning(
        f'The last checkpoint {named or "(none named)"} is damaged, missing or of no '
        f'training run; resuming from {intact} instead.'
    )
    write_text(pointer, str(intact))
    return True


def is_intact(path: Path) -> bool:
    """Whether a checkpoint is there and its check sums hold."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except DAMAGE:
        return False


def can_resume(path: Path) -> bool:
    """Whether a checkpoint is whole and has what a run needs to go on."""
    if not is_intact(path):
        return False
    try:
        content = load_safely(path, mmap=True)
    except ValueError:
        return False
    return _is_of_a_run(content)


def _is_of_a_run(content: object) -> bool:
    meta, weights, hub = (
        _part(content, key) for key in ('meta', 'state_dict', 'message_hub')
    )
    counted = all(isinstance(meta.get(key), int) for key in ('epoch', 'iter'))
    logged = {'log_scalars', 'runtime_info', 'resumed_keys'} <= set(hub)
    return counted and logged and any(isinstance(w, Tensor) for w in weights.values())


def _part(content: object, key: str) -> Mapping:
    """What a checkpoint has under a key; empty where it has no such part."""
    part = content.get(key) if isinstance(content, Mapping) else None
    return part if isinstance(part, Mapping) else {}


def remove_partial(folder: Path) -> None:
    """Removes what a killed run had begun to write."""
    remove_partials(folder / '*.pth')
    for path in folder.glob('*.pth.partial'):  # of earlier versions
        path.unlink(missing_ok=True)


def _by_step(folder: Path, template: str) -> list[Path]:
    """Checkpoints of the run, the newest first."""
    before, _, after = template.partition('{}')
    pattern = re.compile(f'{re.escape(before)}(\\d+){re.escape(after)}')
    steps = {}
    for path in folder.glob('*'):
        if match := pattern.fullmatch(path.name):
            steps[int(match[1])] = path
    return [steps[step] for step in sorted(steps, reverse=True)]
