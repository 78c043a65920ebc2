"""A segmentor as one graph that runs without this package: ONNX and torch.export."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmseg.models import EncoderDecoder
from mmseg.models import utils as mmseg_utils
from torch import Tensor, nn
from torch.nn import functional

from ..errors import UserError
from ..files import whole_file
from ..models.preprocessor import MultiBandPreprocessor
from ..models.weights.streams import accepted_bands
from ..rasters.raster_io import Window, raster_info, read_window
from .segmentor import Segmentor

# Sides of an example; any others follow, for both are dynamic in the graph.
EXAMPLE_PX = (96, 128)
LEAST_PX, MOST_PX = 64, 16384
# Of logits on a scene, in float32.
TOLERANCE = 1e-3
CHECKED_PX = 512
Run = Callable[[np.ndarray], np.ndarray]


class Deployed(nn.Module):
    """Pixels as the raster holds them in, logits of every pixel out.

    Args:
        model: Trained segmentor.
    """

    def __init__(self, model: EncoderDecoder) -> None:
        super().__init__()
        self.model = model
        self.eval()

    def forward(self, image: Tensor) -> Tensor:
        """Logits (N, K, H, W) of images (N, bands, H, W), float32, not normalised."""
        inputs = self.model.data_preprocessor.normalise(image)
        logits = self.model.decode_head(self.model.extract_feat(inputs))
        return functional.interpolate(
            logits,
            size=image.shape[2:],
            mode='bilinear',
            align_corners=self.model.align_corners,
        )


def export(segmentor: Segmentor, out: str) -> None:
    """Writes the graph; the suffix of ``out`` chooses its form.

    Args:
        segmentor: What is exported; it has to run on the CPU.
        out: ``.onnx``, or ``.pt2`` of ``torch.export``.

    Raises:
        UserError: Another suffix, a package is missing, or a model of another kind.
    """
    suffix = Path(out).suffix
    if suffix not in ('.onnx', '.pt2'):
        raise UserError(f'{out}: name a file that ends in .onnx or .pt2.')
    program = _program(segmentor)
    with whole_file(out) as partial:
        if suffix == '.pt2':
            with open(partial, 'wb') as file:
                torch.export.save(
                    program, file, extra_files={'facts.json': facts_text(segmentor)}
                )
        else:
            _write_onnx(program, partial, segmentor)


def facts_text(segmentor: Segmentor) -> str:
    """What a user of the graph has to know, as JSON."""
    facts = dict(
        classes=segmentor.classes,
        palette=[list(map(int, colour)) for colour in segmentor.palette],
        bands=segmentor.choice.bands,
        gsd=segmentor.gsd,
    )
    return json.dumps(facts)


def opened(path: str) -> Run:
    """An exported graph as a function of arrays."""
    if path.endswith('.onnx'):
        session = _package('onnxruntime').InferenceSession(
            path, providers=['CPUExecutionProvider']
        )
        return lambda image: session.run(None, {'image': image})[0]
    module = torch.export.load(path).module()
    return lambda image: module(torch.from_numpy(image)).detach().numpy()


def largest_difference(segmentor: Segmentor, path: str, scene: str) -> float:
    """Between the logits of the graph and of the model, on the middle of a scene.

    Args:
        segmentor: What was exported, computing in float32 as the graph does.
        path: The graph.
        scene: A raster that the model can map.

    Raises:
        UserError: They differ by more than float32 explains.
    """
    info = raster_info(scene)
    segmentor.check_scene(info)
    width, height = min(info.width, CHECKED_PX), min(info.height, CHECKED_PX)
    place = Window(
        (info.width - width) // 2, (info.height - height) // 2, width, height
    )
    pixels, valid = read_window(scene, place, segmentor.choice)
    # The graph knows no nodata: what lies around it differs.
    if not valid.all():
        raise UserError(
            f'The middle of {scene} has pixels without data, which the graph knows '
            'nothing of: check on a scene whose middle is whole.'
        )
    expected = segmentor(scene, [(place, pixels, valid)])[0]
    image = pixels.transpose(2, 0, 1)[None].astype(np.float32)
    found = opened(path)(np.ascontiguousarray(image))[0]
    difference = float(np.abs(found - expected).max())
    if difference > TOLERANCE * max(1.0, float(np.abs(expected).max())):
        raise UserError(
            f'{path} gives logits that differ by {difference:.2g} from those of the '
            f'model on {scene}: do not use it, and report this.'
        )
    return difference


def _program(segmentor: Segmentor) -> torch.export.ExportedProgram:
    model = segmentor.model
    if not isinstance(model, EncoderDecoder) or not isinstance(
        model.data_preprocessor, MultiBandPreprocessor
    ):
        raise UserError(
            f'A {type(model).__name__} with {type(model.data_preprocessor).__name__} '
            'cannot be exported: only an EncoderDecoder with MultiBandPreprocessor.'
        )
    bands = len(segmentor.choice.bands or ()) or max(accepted_bands(model))
    example = torch.zeros(2, bands, *EXAMPLE_PX)
    side = {
        axis: torch.export.Dim(name, min=LEAST_PX, max=MOST_PX)
        for axis, name in ((2, 'height'), (3, 'width'))
    }
    shapes = {'image': {0: torch.export.Dim('images'), **side}}
    with torch.no_grad(), _plain_resize():
        return torch.export.export(Deployed(model), (example,), dynamic_shapes=shapes)


@contextmanager
def _plain_resize() -> Iterator[None]:
    """Takes mmseg's resizing without its warning, which compares sizes as numbers.

    A graph in which they are compared is one for that size alone.
    """
    stock = mmseg_utils.resize

    def plain(
        input: Tensor,  # noqa: A002
        size: tuple | None = None,
        scale_factor: float | None = None,
        mode: str = 'nearest',
        align_corners: bool | None = None,
        warning: bool = True,
    ) -> Tensor:
        del warning
        return functional.interpolate(input, size, scale_factor, mode, align_corners)

    users = [
        m for m in map(vars, list(sys.modules.values())) if m.get('resize') is stock
    ]
    for names in users:
        names['resize'] = plain
    try:
        yield
    finally:
        for names in users:
            names['resize'] = stock


def _write_onnx(
    program: torch.export.ExportedProgram, path: Path, segmentor: Segmentor
) -> None:
    onnx = _package('onnx')
    _package('onnxscript')
    written = torch.onnx.export(
        program,
        dynamo=True,
        input_names=['image'],
        output_names=['logits'],
        verbose=False,
    )
    assert written is not None  # with dynamo
    model = written.model_proto
    onnx.helper.set_model_props(model, {'facts': facts_text(segmentor)})
    onnx.save_model(model, str(path))


def _package(name: str) -> Any:
    try:
        return __import__(name)
    except ImportError as error:
        raise UserError(
            f"ONNX needs the package {name}: pip install 'glcnet_mm[onnx]'."
        ) from error
