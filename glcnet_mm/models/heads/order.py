"""Classifying the order of jigsaw cells."""

import torch.nn.functional as F
from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class OrderHead(BaseModule):
    """Two layers on the embeddings of all cells, in the order in which they come.

    Args:
        in_channels: Width of the embedding of one cell.
        orders: Number of permutations to tell apart.
        cells: Number of cells.
        hidden_channels: Width of the hidden layer.
        dropout: Probability, of the embeddings and of the hidden layer.
    """

    def __init__(
        self,
        in_channels: int,
        orders: int = 1000,
        cells: int = 9,
        hidden_channels: int = 1024,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Flatten(),
            nn.Linear(cells * in_channels, hidden_channels),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(hidden_channels, orders),
        )

    def loss(self, embeddings: Tensor, orders: Tensor) -> dict[str, Tensor]:
        """Cross entropy of embeddings ``(N, cells, D)``; orders ``(N,)`` int64."""
        scores = self.layers(embeddings).float()
        accuracy = (scores.detach().argmax(1) == orders).float().mean()
        return dict(loss_order=F.cross_entropy(scores, orders), accuracy=accuracy)
