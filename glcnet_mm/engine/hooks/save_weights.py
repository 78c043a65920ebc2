"""A file of weights that a hook keeps beside the checkpoints."""

from mmengine.runner import Runner

from .safe_checkpoint import SafeCheckpointHook


def save_weights(runner: Runner, name: str, by_epoch: bool) -> None:
    """Writes the weights to the work folder; all processes call this together.

    The first writes. All have looked at their states before, so that none is left
    waiting for one that found NaN.

    Args:
        runner: Whose weights are written.
        name: Of the file.
        by_epoch: Whether the step that is noted is an epoch that ends just now.

    Raises:
        NotFiniteError: The state of a process has NaN or infinity.
    """
    for hook in runner.hooks:
        if isinstance(hook, SafeCheckpointHook):
            hook.check_finite(runner)
    runner.save_checkpoint(
        runner.work_dir,
        name,
        save_optimizer=False,
        save_param_scheduler=False,
        by_epoch=by_epoch,
        backend_args=dict(backend='atomic_local'),
    )
