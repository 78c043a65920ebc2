"""What the runner is given: hooks, optimiser and model wrappers."""

from . import safe_load
from .bfloat16 import Bfloat16OptimWrapper
from .data_summary import DataSummaryHook
from .dead_taps import DeadTapsHook
from .distributed import GpuSyncBNDistributedDataParallel
from .early_stop import EarlyStopHook
from .exact_resume import ExactResumeHook
from .fan_in import FanInInitHook
from .frozen_probe import FrozenProbeHook
from .head_first import HeadFirstHook
from .keep_windows import KeepWindowsHook
from .l2_sp import L2SPHook
from .layer_decay import LayerDecayConstructor
from .load_pretrained import LoadPretrainedHook
from .lowest_loss import LowestLossHook
from .monitor import CollapseMonitorHook
from .predictions import SavePredictionsHook, ShowPredictionsHook
from .safe_checkpoint import SafeCheckpointHook
from .start_probe import StartProbeHook
from .view_figure import ViewRegionHook
from .weight_average import WeightAverageHook

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
    'SafeCheckpointHook',
    'SavePredictionsHook',
    'ShowPredictionsHook',
    'StartProbeHook',
    'ViewRegionHook',
    'WeightAverageHook',
    'safe_load',
]
