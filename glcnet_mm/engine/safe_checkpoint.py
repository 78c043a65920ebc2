"""Checkpoints that are never half-written, and a resume that survives a damaged one."""

import os
import zipfile
from pathlib import Path

from mmengine.dist import master_only
from mmengine.fileio import LocalBackend, register_backend
from mmengine.hooks import CheckpointHook
from mmengine.registry import HOOKS
from mmengine.runner import Runner


class AtomicLocalBackend(LocalBackend):
    """Writes under a temporary name and renames when everything is on the disk."""

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Writes ``obj`` to ``filepath``; on failure the old file is untouched."""
        target = Path(filepath)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f'{target.name}.partial')
        try:
            with open(partial, 'wb') as file:
                file.write(obj)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, target)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise OSError(
                error.errno,
                f'{target} could not be written ({error.strerror}); earlier '
                f'checkpoints are intact, so make room and resume',
            ) from error


register_backend('atomic_local', AtomicLocalBackend, force=True)


@HOOKS.register_module()
class SafeCheckpointHook(CheckpointHook):
    """mmengine's hook, with atomic writing and removal of old files afterwards.

    The stock hook writes in place and removes the old checkpoint before it writes the
    new one, so a crash can leave none. Takes the same arguments.
    """

    def __init__(self, **kwargs) -> None:
        super().__init__(backend_args=dict(backend='atomic_local'), **kwargs)

    def before_run(self, runner: Runner) -> None:
        """Makes sure that the checkpoint to resume from is whole."""
        # Reads what the runner is about to do; mmengine has no public name for it.
        if runner._resume and runner._load_from is None:
            fall_back_to_intact(runner)

    def _save_checkpoint_with_step(self, runner: Runner, step: int, meta: dict) -> None:
        limit, outdated = self.max_keep_ckpts, None
        if limit > 0 and step not in self.keep_ckpt_ids:
            if len(self.keep_ckpt_ids) == limit:
                outdated = self.keep_ckpt_ids.popleft()
            self.keep_ckpt_ids.append(step)
            runner.message_hub.update_info('keep_ckpt_ids', list(self.keep_ckpt_ids))
        # Without a limit the parent removes nothing.
        self.max_keep_ckpts = -1
        try:
            super()._save_checkpoint_with_step(runner, step, meta)
        finally:
            self.max_keep_ckpts = limit
        if outdated is not None:
            self._remove(outdated)

    @master_only
    def _remove(self, step: int) -> None:
        path = Path(self.out_dir) / self.filename_tmpl.format(step)
        path.unlink(missing_ok=True)


@master_only
def fall_back_to_intact(runner: Runner) -> None:
    """Points ``last_checkpoint`` to the newest whole checkpoint of the work folder.

    Raises:
        ValueError: There are checkpoints but none is whole.
    """
    folder = Path(runner.work_dir)
    pointer = folder / 'last_checkpoint'
    named = pointer.read_text().strip() if pointer.exists() else ''
    if named and is_intact(Path(named)):
        return
    found = sorted(
        (p for p in folder.glob('*.pth') if p.stem.rpartition('_')[2].isdigit()),
        key=lambda p: int(p.stem.rpartition('_')[2]),
        reverse=True,
    )
    if not found:
        return
    intact = next((path for path in found if is_intact(path)), None)
    if intact is None:
        raise ValueError(
            f'All {len(found)} checkpoints in {folder} are damaged; remove them to '
            f'start anew, or copy a whole one there.'
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
    except (OSError, zipfile.BadZipFile):
        return False
