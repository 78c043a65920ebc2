"""From a sample's arrays to what the models take."""

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS
from mmengine.structures import BaseDataElement, PixelData
from mmseg.structures import SegDataSample
from torch import Tensor

from ...rasters.pixel_layout import planes
from ..sample_keys import Sample

WIDER = dict(uint16='int32', uint32='int64', uint64='float64', float16='float32')


@TRANSFORMS.register_module()
class PackViews(BaseTransform):
    """Packs views: ``inputs`` is one ``(C, S, S)`` tensor per view, as read.

    ``data_samples`` carries ``homographies`` ``(V, 3, 3)``, ``valid`` ``(V, S, S)``
    ``match_seed``, the sample's seed for what is drawn on the device, and what a
    transform put into ``targets``.
    """

    def transform(self, results: Sample) -> dict:
        """Packs; see the class."""
        views = results['views']
        sample = BaseDataElement(
            homographies=torch.from_numpy(np.stack([v['homography'] for v in views])),
            valid=torch.from_numpy(np.stack([v['valid'] for v in views])),
            match_seed=torch.tensor(int(results['rng'].integers(2**62))),
            **results.get('targets', {}),
        )
        for name, value in _origin(results).items():
            # Of these nothing changes later, and set_metainfo would copy it deeply.
            sample.set_field(value, name, field_type='metainfo')
        return dict(inputs=[as_tensor(v['img']) for v in views], data_samples=sample)


@TRANSFORMS.register_module()
class PackWindow(BaseTransform):
    """Packs a window for mmseg: ``inputs`` ``(C, H, W)`` and a ``SegDataSample``.

    The sample also carries what ``StrongViews`` has added.
    """

    def transform(self, results: Sample) -> dict:
        """Packs; see the class."""
        sample = SegDataSample()
        valid = torch.from_numpy(np.ascontiguousarray(results['valid']))[None]
        sample.set_data(dict(valid=PixelData(data=valid)))
        if 'gt_seg_map' in results:
            labels = torch.from_numpy(results['gt_seg_map'].astype(np.int64))[None]
            sample.gt_sem_seg = PixelData(data=labels)
        sample.set_data(
            {k: results[k] for k in ('strong', 'mix_boxes') if k in results}
        )
        sample.set_metainfo(
            dict(
                _origin(results),
                img_path=results['img_path'],
                seg_map_path=results['seg_map_path'],
                img_shape=results['img_shape'],
                ori_shape=results['ori_shape'],
                pad_shape=results['img_shape'],
                **{k: results[k] for k in ('flip', 'flip_direction') if k in results},
            )
        )
        return dict(inputs=as_tensor(results['img']), data_samples=sample)


def as_tensor(image: np.ndarray) -> Tensor:
    """``(H, W, C)`` to ``(C, H, W)``; types that torch hardly knows to wider ones."""
    image = image.astype(WIDER.get(image.dtype.name, image.dtype), copy=False)
    return torch.from_numpy(planes(image))


def _origin(results: Sample) -> dict:
    origin = dict(raster_path=results['raster_path'], window=tuple(results['window']))
    if (grid := results.get('grid')) is not None:
        origin['ground'] = grid.target
    if 'other' in results:
        origin['other_raster_path'] = results['other']['raster_path']
    return origin
