"""The average of a student's past weights that labels what nobody has labelled."""

from mmengine.model import ExponentialMovingAverage
from torch import nn


class Teacher(ExponentialMovingAverage):
    """An even average of the first steps, then an exponential one.

    So it is in the code of UniMatch V2: what is drawn at random would else be a third
    of the teacher after 250 steps of the usual momentum.

    Args:
        model: The student, of which it begins as a copy.
        momentum: Share of the student's weights that it takes over in a step, once that
            is more than an even average takes.
    """

    def __init__(self, model: nn.Module, momentum: float) -> None:
        super().__init__(model, momentum)
        self.least = momentum

    def update_parameters(self, model: nn.Module) -> None:
        """Takes over weights of the student."""
        self.momentum = max(self.least, 1 / (int(self.steps) + 1))
        super().update_parameters(model)
