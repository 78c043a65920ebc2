"""Checkpoints that are never half-written, and a resume that survives a damaged one."""

import os
from pathlib import Path

from mmengine.dist import barrier, is_main_process
from mmengine.fileio import LocalBackend, register_backend
from mmengine.hooks import CheckpointHook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from .intact import fall_back_to_intact, remove_partial


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


class RemoveLaterBackend(AtomicLocalBackend):
    """Collects what should be removed until its successor has been written."""

    def __init__(self) -> None:
        super().__init__()
        self.outdated: list[str] = []

    def remove(self, filepath: str | Path) -> None:
        """Puts ``filepath`` on the list."""
        self.outdated.append(str(filepath))


register_backend('atomic_local', AtomicLocalBackend, force=True)


@HOOKS.register_module()
class SafeCheckpointHook(CheckpointHook):
    """mmengine's hook, with atomic writing and removal of old files afterwards.

    The stock hook writes in place and removes the old checkpoint, the best one too,
    before it writes the new one, so a crash can leave none. Takes the same arguments;
    checkpoints are kept on local disks.
    """

    def __init__(self, **kwargs) -> None:
        super().__init__(backend_args=dict(backend='atomic_local'), **kwargs)

    def before_run(self, runner: Runner) -> None:
        """Makes sure that the checkpoint to resume from is whole."""
        # Reads what the runner is about to do; mmengine has no public name for it.
        if runner._resume and runner._load_from is None:
            if is_main_process():
                folder = Path(runner.work_dir)
                if self.out_dir is not None:
                    folder = Path(self.out_dir) / folder.name
                remove_partial(folder)
                fall_back_to_intact(runner, folder, self.filename_tmpl)
            # The other processes read the file that names the checkpoint, too.
            barrier()

    def before_train(self, runner: Runner) -> None:
        """Prepares as the parent does, then lets removals wait."""
        super().before_train(runner)
        self.file_backend = RemoveLaterBackend()

    def _save_checkpoint_with_step(self, runner: Runner, step: int, meta: dict) -> None:
        super()._save_checkpoint_with_step(runner, step, meta)
        self._remove_outdated()

    def _save_best_checkpoint(self, runner: Runner, metrics: dict) -> None:
        super()._save_best_checkpoint(runner, metrics)
        self._remove_outdated()

    def _remove_outdated(self) -> None:
        best = [getattr(self, 'best_ckpt_path', None)]
        best += getattr(self, 'best_ckpt_path_dict', {}).values()
        # A file of the same name may have been written in the meantime.
        current = {self.last_ckpt, *best}
        while self.file_backend.outdated:
            path = self.file_backend.outdated.pop()
            if path not in current:
                Path(path).unlink(missing_ok=True)
