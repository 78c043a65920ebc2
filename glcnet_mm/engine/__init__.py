"""What the runner is given: hooks, optimiser and model wrappers."""

from ..models.weights import safe_load
from .bfloat16 import Bfloat16OptimWrapper
from .distributed import GpuSyncBNDistributedDataParallel
from .hooks.collapse_monitor import CollapseMonitorHook
from .hooks.data_summary import DataSummaryHook
from .hooks.dead_taps import DeadTapsHook
from .hooks.early_stop import EarlyStopHook
from .hooks.exact_resume import ExactResumeHook
from .hooks.fan_in import FanInInitHook
from .hooks.frozen_probe import FrozenProbeHook
from .hooks.head_first import HeadFirstHook
from .hooks.keep_windows import KeepWindowsHook
from .hooks.l2_sp import L2SPHook
from .hooks.load_pretrained import LoadPretrainedHook
from .hooks.lowest_loss import LowestLossHook
from .hooks.predictions import (
    SavePredictionsHook,
    ShowPredictionsHook,
    ShowScenesHook,
)
from .hooks.progress import ProgressHook
from .hooks.safe_checkpoint import SafeCheckpointHook
from .hooks.settings import SettingsHook
from .hooks.start_probe import StartProbeHook
from .hooks.view_figure import ViewRegionHook
from .hooks.weight_average import WeightAverageHook
from .layer_decay import LayerDecayConstructor
from .runner import ReadableRunner

__all__ = [
    'Bfloat16OptimWrapper',
    'CollapseMonitorHook',
    'DataSummaryHook',
    'DeadTapsHook',
    'EarlyStopHook',
    'ExactResumeHook',
    'FanInInitHook',
    'FrozenProbeHook',
    'GpuSyncBNDistributedDataParallel',
    'HeadFirstHook',
    'KeepWindowsHook',
    'L2SPHook',
    'LayerDecayConstructor',
    'LoadPretrainedHook',
    'LowestLossHook',
    'ProgressHook',
    'ReadableRunner',
    'SafeCheckpointHook',
    'SavePredictionsHook',
    'ShowPredictionsHook',
    'ShowScenesHook',
    'SettingsHook',
    'StartProbeHook',
    'ViewRegionHook',
    'WeightAverageHook',
    'safe_load',
]
