"""A batch as few tensors: what its samples carry, stacked where they were read.

Every tensor that a worker hands over costs the main process a descriptor and a mapping:
64 samples of two views are 194 tensors one by one, and 5 when stacked.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import torch
from mmengine.dataset.utils import default_collate
from mmengine.registry import FUNCTIONS
from mmengine.structures import BaseDataElement, PixelData
from torch import Tensor
from torch.utils.data import default_collate as stack


class SampleBatch:
    """Stands for a list of data elements, which share the memory of stacked tensors.

    Args:
        kind: Class of the elements.
        fields: By name, tensors ``(N, ...)``.
        boxed: Names of the fields that an element holds as ``PixelData``.
        metainfo: Of every element.
    """

    def __init__(
        self,
        kind: type[BaseDataElement],
        fields: Mapping[str, Tensor],
        boxed: Sequence[str],
        metainfo: Sequence[dict],
    ) -> None:
        self.kind, self.fields = kind, dict(fields)
        self.boxed, self.metainfo = tuple(boxed), list(metainfo)

    def __len__(self) -> int:
        return len(self.metainfo)

    def __getitem__(self, number: int | slice) -> Any:
        return self._elements[number]

    def __iter__(self) -> Iterator[BaseDataElement]:
        return iter(self._elements)

    def to(self, device: torch.device, non_blocking: bool = False) -> 'SampleBatch':
        """The same on a device."""
        moved = {
            name: tensor.to(device, non_blocking=non_blocking)
            for name, tensor in self.fields.items()
        }
        return SampleBatch(self.kind, moved, self.boxed, self.metainfo)

    def pin_memory(self) -> 'SampleBatch':
        """The same in memory from which a GPU copies while others work; torch asks."""
        pinned = {name: tensor.pin_memory() for name, tensor in self.fields.items()}
        return SampleBatch(self.kind, pinned, self.boxed, self.metainfo)

    @cached_property
    def _elements(self) -> list[BaseDataElement]:
        # Made where something asks for them: most steps take the stacked tensors.
        parts = [tensor.unbind() for tensor in self.fields.values()]
        return [
            self._element(dict(zip(self.fields, values, strict=True)), metainfo)
            for *values, metainfo in zip(*parts, self.metainfo, strict=True)
        ]

    def _element(self, values: dict, metainfo: dict) -> BaseDataElement:
        for name in self.boxed:
            values[name] = PixelData(data=values[name])
        return self.kind(metainfo=metainfo, **values)


@FUNCTIONS.register_module()
def stack_samples(samples: Sequence[dict]) -> dict:
    """Stacks images, or views one by one, and what the ``data_samples`` carry.

    Either stays a list where samples differ in what they carry, in shape or in type.
    """
    elements = [sample['data_samples'] for sample in samples]
    inputs = [sample['inputs'] for sample in samples]
    views = not isinstance(inputs[0], Tensor)
    return dict(
        inputs=default_collate(inputs) if views or _alike(inputs) else inputs,
        data_samples=_stacked(elements) or elements,
    )


def stacked(samples: SampleBatch | Sequence[BaseDataElement], name: str) -> Tensor:
    """What the samples of a batch carry under a name, ``(N, ...)``."""
    if isinstance(samples, SampleBatch):
        return samples.fields[name]
    values = [getattr(sample, name) for sample in samples]
    return torch.stack([getattr(value, 'data', value) for value in values])


def _stacked(elements: Sequence[BaseDataElement]) -> SampleBatch | None:
    first, fields, boxed = elements[0], {}, []
    if any({*element.keys()} != {*first.keys()} for element in elements):
        return None
    for name in sorted(first.keys()):
        values = [getattr(element, name) for element in elements]
        if isinstance(values[0], PixelData) and values[0].keys() == ['data']:
            boxed.append(name)
            values = [value.data for value in values]
        if not _alike(values):
            return None
        # In a worker, straight into memory that the main process sees.
        fields[name] = stack(values)
    metainfo = [element.metainfo for element in elements]
    return SampleBatch(type(first), fields, boxed, metainfo)


def _alike(values: Sequence) -> bool:
    """Whether all are tensors of one shape and type."""
    tensors = all(isinstance(value, Tensor) for value in values)
    return tensors and len({(value.shape, value.dtype) for value in values}) == 1
