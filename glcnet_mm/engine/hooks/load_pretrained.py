"""Starting a run from the parts of a checkpoint."""

from collections.abc import Sequence

from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from ...models.bare_model import bare_model
from ...models.weights.levels import load_level


@HOOKS.register_module()
class LoadPretrainedHook(Hook):
    """Loads a level of a checkpoint after the model's own initialisation.

    ``init_cfg`` cannot do so: mmcv's convolutions initialise themselves again after
    their parent has loaded them. A resumed run is left alone.

    Args:
        checkpoint: Path of the checkpoint.
        level: See ``load_level``.
        inflate_stem: Convert the stem to the model's number of bands.
        style: How the checkpoint names its weights, or ``auto``; see ``translate``.
        stream: ``optical`` or ``sar``, between networks of one modality and of two;
            see ``load_level``.
    """

    def __init__(
        self,
        checkpoint: str,
        level: str | Sequence[str] = 'encoder',
        inflate_stem: bool = False,
        style: str = 'auto',
        stream: str | None = None,
    ) -> None:
        self.checkpoint, self.level = checkpoint, level
        self.inflate_stem, self.style, self.stream = inflate_stem, style, stream

    def before_train(self, runner: Runner) -> None:
        """Loads; see the class."""
        if runner.iter > 0:
            return
        model = bare_model(runner.model)
        load_level(
            model,
            self.checkpoint,
            self.level,
            self.inflate_stem,
            self.style,
            self.stream,
        )
