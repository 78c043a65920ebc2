"""A model without what several processes wrap it in."""

from mmengine.model import BaseModel, is_model_wrapper
from torch import nn


def bare_model(model: nn.Module) -> BaseModel:
    """The model of a run without a wrapper for several processes."""
    return model.get_submodule('module') if is_model_wrapper(model) else model
