"""Finding the newest checkpoint that is whole."""

import re
import struct
import zipfile
import zlib
from pathlib import Path

from mmengine.runner import Runner

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


def fall_back_to_intact(runner: Runner, folder: Path, template: str) -> None:
    """Points ``last_checkpoint`` to the newest whole checkpoint of a run.

    Args:
        runner: About to resume; its work folder has ``last_checkpoint``.
        folder: Where the checkpoints are.
        template: Their name, with ``{}`` for the step. The best ones have another
            name: they lack the state of the optimiser.

    Raises:
        ValueError: There are checkpoints but none is whole.
    """
    pointer = Path(runner.work_dir) / 'last_checkpoint'
    named = pointer.read_text().strip() if pointer.exists() else ''
    if named and is_intact(Path(named)):
        return
    found = _by_step(folder, template)
    if not found and not named:
        # A pointer to nothing would be read as the path of a checkpoint.
        pointer.unlink(missing_ok=True)
        return
    intact = next((path for path in found if is_intact(path)), None)
    if intact is None:
        state = f'All {len(found)} checkpoints in {folder} are damaged'
        if not found:
            state = f'{named} is damaged or missing, and {folder} has no other'
        raise ValueError(
            f'{state}; remove {pointer} to start anew, or copy a whole checkpoint '
            f'there.'
        )
    runner.logger.warning(
        f'The last checkpoint {named or "(none named)"} is damaged or missing; '
        f'resuming from {intact} instead.'
    )
    partial = pointer.with_name('last_checkpoint.partial')
    partial.write_text(str(intact))
    partial.replace(pointer)


def is_intact(path: Path) -> bool:
    """Whether a checkpoint is there and its check sums hold."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except DAMAGE:
        return False


def remove_partial(folder: Path) -> None:
    """Removes what a killed run had begun to write."""
    for path in folder.glob('*.pth.partial'):
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
