"""The average of the last weights as the result of a run."""

from mmengine.hooks import EMAHook
from mmengine.registry import HOOKS
from mmengine.runner import Runner


@HOOKS.register_module()
class WeightAverageHook(EMAHook):
    """mmengine's moving average, which a test in the same process finds as well.

    The average follows w by ``average + momentum * (w - average)``, batch statistics
    too. It is validated, tested and saved as the weights; those of the training are
    saved beside it for a resume. The stock hook makes a new average when the test that
    follows a training begins, and so tests the last weights instead.

    Args:
        momentum: Share of the weights that the average takes over in a step: about
            1 / momentum steps are averaged.
    """

    def __init__(self, momentum: float = 0.01) -> None:
        super().__init__(momentum=momentum, update_buffers=True)
        self.ema_model = None

    def before_run(self, runner: Runner) -> None:
        """Begins the average, once."""
        if self.ema_model is None:
            super().before_run(runner)
