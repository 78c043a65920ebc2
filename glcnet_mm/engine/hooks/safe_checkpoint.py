"""Checkpoints that are never half-written, and a resume that survives a damaged one."""

import sys
import time
from collections.abc import Mapping
from pathlib import Path

from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.fileio import LocalBackend, register_backend
from mmengine.hooks import CheckpointHook
from mmengine.registry import HOOKS
from mmengine.runner import BaseLoop, EpochBasedTrainLoop, Runner

from ... import locks
from ...errors import UserError, WriteError
from ...files import write_bytes, write_text
from ...models.bare_model import bare_model
from ...models.weights.checkpoints import check_weights
from ..finite import FiniteWatch
from ..newest_checkpoint import can_resume, fall_back_to_intact, remove_partial
from ..resume_command import resume_command
from ..stop_request import SpareWorker, StopRequest

# Where the state is left between two checkpoints.
INTERRUPTED = 'interrupted.pth'
TIMEOUT_SECONDS = 1800.0


class AtomicLocalBackend(LocalBackend):
    """Writes under a temporary name and renames when everything is on the disk."""

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Writes ``obj`` to ``filepath``; on failure the old file is untouched."""
        try:
            write_bytes(filepath, obj)
        except OSError as error:
            raise WriteError(
                f'{filepath} could not be written ({error.strerror}); earlier '
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

    One training at a time works in a folder. A state with NaN or infinity is never
    written. On SIGTERM and Ctrl-C the state after the running iteration is written to
    ``interrupted.pth``, the process ends with the status 143 or 130, and a resumed run
    goes on exactly there. So it is after ``max_minutes`` without a checkpoint, after
    which the run goes on.

    Args:
        max_minutes: How much work may be lost at most.
        **kwargs: Of mmengine's hook.
    """

    def __init__(self, max_minutes: float = 10.0, **kwargs) -> None:
        super().__init__(backend_args=dict(backend='atomic_local'), **kwargs)
        if not max_minutes > 0:
            raise UserError(f'max_minutes must be positive, got {max_minutes}.')
        self._max_seconds = 60 * max_minutes
        self._saved_at = time.monotonic()
        self._finite = FiniteWatch()
        self._stop: StopRequest | None = None
        self._resumed_samples = 0
        self._iteration = 0
        self._whole: str | None = None
        self._is_done = False

    def before_run(self, runner: Runner) -> None:
        """Locks the folder and finds the checkpoint to resume from.

        Raises:
            InUse: Another training is at work there.
            UserError: There are checkpoints but none is whole.
        """
        if self._is_done or not _is_training(runner):
            return
        start = [(runner._resume, runner._load_from)]
        if is_main_process():
            locks.take(
                Path(runner.work_dir) / 'lock',
                f'Another training is writing to {runner.work_dir}: wait for its end, '
                f'or give this one another --work-dir.',
            )
            folder = self._folder(runner)
            remove_partial(folder)
            if runner._resume:
                start = [self._start(runner, folder)]
        # The other processes do what the first has found.
        broadcast_object_list(start)
        # What the runner is about to do; mmengine has no public names for it.
        runner._resume, runner._load_from = start[0]

    def _folder(self, runner: Runner) -> Path:
        folder = Path(runner.work_dir)
        return folder if self.out_dir is None else Path(self.out_dir) / folder.name

    def _start(self, runner: Runner, folder: Path) -> tuple[bool, str | None]:
        """Whether to resume and from what; None is the newest of the run's own."""
        other = runner._load_from
        if other is not None and Path(other).resolve().parent == folder.resolve():
            if not can_resume(Path(other)):
                raise UserError(
                    f'{other} is missing, damaged or of no training run; name another '
                    f'checkpoint to resume from.'
                )
            return True, other
        has_own = fall_back_to_intact(runner, folder, self.filename_tmpl)
        if has_own:
            return True, None
        if other is None:
            runner.logger.warning(
                f'{folder} has no checkpoint to resume from: beginning at iteration 0.'
            )
            return False, None
        runner.logger.warning(
            f'{folder} has no checkpoint to resume from: beginning at iteration 0 with '
            f'the weights of {other}.'
        )
        return False, other

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Refuses what would load nothing without a word.

        Raises:
            UserError: It holds no weights of the model, or for a test not all of
                them, or some are NaN or infinite.
        """
        if runner._resume:
            meta = checkpoint.get('meta', {})
            self._resumed_samples = meta.get('samples_into_epoch', 0)
        weights = checkpoint.get('state_dict', checkpoint)
        there = weights if isinstance(weights, Mapping) else {}
        check_weights(runner.model, there, complete=not _is_training(runner))

    def before_train(self, runner: Runner) -> None:
        """Prepares as the parent does, then lets removals wait."""
        super().before_train(runner)
        self.file_backend = RemoveLaterBackend()
        if self._resumed_samples:
            runner.train_dataloader.sampler.skip_once(self._resumed_samples)
        timeout = runner.cfg.get('env_cfg', {}).get('dist_cfg', {}).get('timeout')
        self._stop = StopRequest(timeout or TIMEOUT_SECONDS)
        self._stop.listen()
        loader = runner.train_dataloader
        loader.worker_init_fn = SpareWorker(loader.worker_init_fn)
        self._saved_at = time.monotonic()
        self._iteration, self._whole = runner.iter, self.last_ckpt

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: dict | None = None,
    ) -> None:
        """Notes the loss, saves as the parent does, and stops if asked to."""
        self._iteration = runner.iter + 1
        if outputs and 'loss' in outputs:
            self._finite.note(outputs['loss'])
        super().after_train_iter(runner, batch_idx, data_batch, outputs)
        if self._stop is None:
            return
        # One clock counts, and all processes save, for they compare their states.
        stop, due = self._stop.agreed(is_main_process() and self._is_due())
        if stop:
            self._save_and_stop(runner, self._stop)
        elif due:
            self._save_between(runner)

    def _is_due(self) -> bool:
        """Whether a crash would cost more than the user allows."""
        return time.monotonic() - self._saved_at >= self._max_seconds

    def after_train(self, runner: Runner) -> None:
        """Looks at the last state, and lets go of the folder.

        Raises:
            NotFiniteError: It has NaN or infinity.
        """
        self.check_finite(runner)
        super().after_train(runner)
        if self._stop is not None:
            self._stop.close()
            if self._stop.asked:
                sys.exit(self._stop.status)  # all is saved
        self._is_done = True
        if is_main_process():
            self._discard_interrupted()
            locks.release(Path(runner.work_dir) / 'lock')

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Looks at what another hook is about to write.

        Raises:
            NotFiniteError: It has NaN or infinity.
        """
        # mmengine comes here in the first process only; hooks of ours have asked all.
        self.check_finite(runner, together=False)

    def check_finite(self, runner: Runner, together: bool = True) -> None:
        """Looks at the losses since the start, the weights and the buffers.

        Args:
            runner: Whose model it is.
            together: Whether all processes are asked, which then end together.

        Raises:
            NotFiniteError: There is NaN or infinity.
        """
        last = f' {self._whole} is whole.' if self._whole else ''
        where = f'At iteration {self._iteration}'
        self._finite.check(bare_model(runner.model), where, last, together)

    def _save_checkpoint_with_step(self, runner: Runner, step: int, meta: dict) -> None:
        self.check_finite(runner)
        super()._save_checkpoint_with_step(runner, step, meta)
        self._whole = self.last_ckpt
        self._saved_at = time.monotonic()
        self._remove_outdated()

    def _save_best_checkpoint(self, runner: Runner, metrics: dict) -> None:
        self.check_finite(runner)
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
        if is_main_process():
            self._discard_interrupted()

    def _discard_interrupted(self) -> None:
        if self.last_ckpt is not None:
            (Path(self.out_dir) / INTERRUPTED).unlink(missing_ok=True)

    def _save_and_stop(self, runner: Runner, stop: StopRequest) -> None:
        """Ends the process; its state is written first where it can be resumed."""
        saved = self._save_between(runner)
        what = f'saved {saved}' if saved else 'the last checkpoint stays'
        runner.logger.warning(
            f'Asked to stop ({stop.sign}) after iteration {runner.iter + 1}: '
            f'{what}; {resume_command()}'
        )
        stop.wait_for_all()
        stop.close()
        sys.exit(stop.status)

    def _save_between(self, runner: Runner) -> Path | None:
        """Writes a state between two checkpoints, if it can be resumed; its file."""
        self._saved_at = time.monotonic()
        done = runner.iter + 1
        meta = dict(epoch=runner.epoch, iter=done)
        by_epoch = isinstance(runner.train_loop, EpochBasedTrainLoop)
        if by_epoch:
            meta['samples_into_epoch'] = _samples_into_epoch(runner, done)
        if by_epoch and not hasattr(runner.train_dataloader.sampler, 'skip_once'):
            return None
        self.check_finite(runner)
        runner.save_checkpoint(
            self.out_dir,
            INTERRUPTED,
            save_optimizer=True,
            save_param_scheduler=self.save_param_scheduler,
            meta=meta,
            by_epoch=False,
            backend_args=self.backend_args,
        )
        path = Path(self.out_dir) / INTERRUPTED
        if is_main_process():
            write_text(Path(runner.work_dir) / 'last_checkpoint', str(path))
        return path


def _is_training(runner: Runner) -> bool:
    """Whether the runner trains; for a test its training loop is not built."""
    return isinstance(runner._train_loop, BaseLoop)


def _samples_into_epoch(runner: Runner, done: int) -> int:
    """Samples of this process that the running epoch has used."""
    per_epoch = len(runner.train_dataloader)
    return (done - runner.epoch * per_epoch) * runner.train_dataloader.batch_size
