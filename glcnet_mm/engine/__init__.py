"""What the runner is given: hooks, optimiser and model wrappers."""

from . import safe_load
from .bfloat16 import Bfloat16OptimWrapper
from .data_summary import DataSummaryHook
from .dead_taps import DeadTapsHook
from .distributed import GpuSyncBNDistributedDataParallel
from .exact_resume import ExactResumeHook
from .fan_in import FanInInitHook
from .frozen_probe import FrozenProbeHook
from .keep_windows import KeepWindowsHook
from .load_pretrained import LoadPretrainedHook
from .lowest_loss import LowestLossHook
from .monitor import CollapseMonitorHook
from .predictions import SavePredictionsHook, ShowPredictionsHook
from .safe_checkpoint import SafeCheckpointHook
from .view_figure import ViewRegionHook

__all__ = [
    'Bfloat16OptimWrapper',
    'CollapseMonitorHook',
    'DataSummaryHook',
    'DeadTapsHook',
    'ExactResumeHook',
    'FanInInitHook',
    'FrozenProbeHook',
    'GpuSyncBNDistributedDataParallel',
    'KeepWindowsHook',
    'LoadPretrainedHook',
    'LowestLossHook',
    'SafeCheckpointHook',
    'SavePredictionsHook',
    'ShowPredictionsHook',
    'ViewRegionHook',
    'safe_load',
]
