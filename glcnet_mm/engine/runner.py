"""The runner of a run that can be watched: a short terminal, wrong settings found."""

from collections.abc import Mapping
from typing import Any

from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.logging import MMLogger
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.registry import RUNNERS
from mmengine.runner import Runner
from torch import nn
from torch.utils.data import DataLoader

from ..console.quiet import (
    import_scope,
    keep_warnings,
    kept_prints,
    show_essentials,
)
from ..settings.checks import check_config
from .gpu_settings import allow_tf32, fused, pinned
from .loader_workers import end_workers, with_workers_only
from .readable_config import ReadableConfig

# Every run has these, asked or not; ``None`` in the config takes one away.
HOOKS = dict(
    dead_taps=dict(type='DeadTapsHook'),
    progress=dict(type='ProgressHook'),
    settings=dict(type='SettingsHook'),
)


@RUNNERS.register_module()
class ReadableRunner(Runner):
    """mmengine's runner, which says in a terminal only what a user needs.

    The log file in ``work_dir`` keeps everything: the environment, the config, the
    order of the hooks, warnings of other packages, and a line per logged iteration.
    """

    @classmethod
    def from_cfg(cls, cfg: Config) -> Runner:
        """Builds the runner of a config.

        Raises:
            UserError: A setting is read by nobody.
        """
        import_scope(cfg.get('default_scope', 'mmengine'))
        check_config(cfg)
        config = cfg if isinstance(cfg, Config) else Config(cfg)
        return super().from_cfg(ReadableConfig.of(config))

    def setup_env(self, env_cfg: dict) -> None:
        """Sets up processes and, by ``tf32``, the arithmetic of a GPU."""
        super().setup_env(env_cfg)
        allow_tf32(env_cfg.get('tf32', True))

    @staticmethod
    def build_dataloader(
        dataloader: DataLoader | dict, *args: Any, **kwargs: Any
    ) -> DataLoader:
        """Builds a loader, of pinned batches where there is a GPU."""
        settings = with_workers_only(pinned(dataloader))
        return Runner.build_dataloader(settings, *args, **kwargs)

    def build_optim_wrapper(
        self, optim_wrapper: OptimWrapper | dict
    ) -> OptimWrapper | OptimWrapperDict:
        """Builds the optimiser, as one kernel where there is a GPU."""
        return super().build_optim_wrapper(fused(optim_wrapper))

    def build_logger(self, *args: object, **kwargs: object) -> MMLogger:
        """Builds the log, and shows its essentials only."""
        logger = super().build_logger(*args, **kwargs)
        keep_warnings()
        show_essentials(logger)
        logger.info(f'All details go to {logger.log_file}')
        return logger

    def train(self) -> nn.Module:
        """Trains; what comes after has the memory of the loaders' workers."""
        model = super().train()
        end_workers(self)
        return model

    def val(self) -> dict:
        """Validates."""
        metrics = super().val()
        end_workers(self)
        return metrics

    def test(self) -> dict:
        """Tests."""
        metrics = super().test()
        end_workers(self)
        return metrics

    def load_checkpoint(self, *args: Any, **kwargs: Any) -> dict:
        """Loads a checkpoint; what mmengine prints of it goes to the log file."""
        with kept_prints():
            return super().load_checkpoint(*args, **kwargs)

    def register_default_hooks(
        self, hooks: Mapping[str, Hook | dict | None] | None = None
    ) -> None:
        """Registers the default hooks and those that every run of ours has."""
        asked = dict(HOOKS, **(hooks or {}))
        none = [name for name in HOOKS if asked[name] is None]
        super().register_default_hooks(
            {name: hook for name, hook in asked.items() if name not in none}
        )
