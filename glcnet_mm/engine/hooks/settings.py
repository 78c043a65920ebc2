"""Wrong settings, found when model and data are there."""

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from ...settings.checks import check_test, check_training


@HOOKS.register_module()
class SettingsHook(Hook):
    """Compares model, training data and test data with each other before a run."""

    # Before what reads more of the data.
    priority = 'HIGH'

    def before_train(self, runner: Runner) -> None:
        """Refuses what cannot be right and warns of what is probably wrong."""
        notes = check_training(runner)
        for note in notes if is_main_process() else []:
            runner.logger.warning(note)

    def before_test(self, runner: Runner) -> None:
        """Refuses heads that do not fit the classes."""
        check_test(runner)
