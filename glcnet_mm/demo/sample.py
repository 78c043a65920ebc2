"""Generated 4-band scenes with labels, for a first run without any data.

Classes differ in texture and context, hardly in colour, and every scene has a season,
an illumination and a haze of its own: a model must learn more than spectra.
"""

from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin
from scipy.spatial import cKDTree

from ..console.progress import Progress
from ..files import whole_file, write_json
from .textures import CLASSES, SHADOW, VEGETATION, smooth_noise

# Reflectance times 10000 of vegetation, soil, shadow and grey in R, G, B, NIR.
SPECTRA = np.array(
    [
        [450, 750, 420, 3200],
        [1900, 1600, 1250, 2500],
        [330, 430, 450, 420],
        [1250, 1270, 1290, 1500],
    ]
)
FIELD_PX = 80
PARTS = {'unlabelled': 6, 'train': 2, 'test': 2}


def make_sample(
    folder: str | Path, seed: int = 0, size_px: int = 768, parts: dict | None = None
) -> None:
    """Writes scenes and labels; the same seed gives the same bytes.

    ``unlabelled/images``, ``train/images``, ``train/labels``, ``test/images``,
    ``test/labels`` hold GeoTIFFs, ``classes.json`` names and colours.

    Args:
        folder: Where to write; made if need be.
        seed: Of everything.
        size_px: Side of a scene in pixels of 2 m.
        parts: Number of scenes per part; the default is 6, 2 and 2.
    """
    folder = Path(folder)
    number, parts = 0, parts or PARTS
    progress = Progress(sum(parts.values()), 'scenes')
    for part, count in parts.items():
        for _ in range(count):
            rng = np.random.default_rng([seed, number])
            image, labels = make_scene(rng, size_px)
            west = 500000 + 2 * size_px * number
            place = dict(
                crs='EPSG:32633', transform=from_origin(west, 5400000, 2.0, 2.0)
            )
            name = f'scene_{number}.tif'
            _write(folder / part / 'images' / name, image, 0, **place)
            if part != 'unlabelled':
                _write(folder / part / 'labels' / name, labels[None], 255, **place)
            number += 1
            progress.add()
    classes = {name: colour for name, (_, colour) in CLASSES.items()}
    write_json(folder / 'classes.json', classes)


def make_scene(rng: np.random.Generator, size_px: int) -> tuple[np.ndarray, np.ndarray]:
    """One scene: ``(4, H, W)`` uint16 with nodata 0, and ``(H, W)`` uint8 labels."""
    shape = (size_px, size_px)
    rows, columns = np.indices(shape).astype(np.float32)
    grid = (rows, columns)
    field, count = _fields(rng, grid)
    cover = rng.permutation(np.arange(count) % len(CLASSES))
    angle = rng.uniform(0, np.pi, count).astype(np.float32)[field]
    labels = cover[field].astype(np.uint8)
    shares = np.zeros((*shape, 4), np.float32)
    for number, (texture, _) in enumerate(CLASSES.values()):
        here = labels == number
        shares[here] = texture(rng, grid, angle)[here]
    image = _look(rng, shares, field, count)
    outside = ~_footprint(rng, grid)
    image[:, outside] = 0
    labels[outside] = 255
    return image, labels


def _fields(
    rng: np.random.Generator, grid: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, int]:
    """Number of the field of every pixel: cells around jittered points."""
    size = grid[0].shape[0]
    ticks = np.arange(-FIELD_PX / 2, size + FIELD_PX, FIELD_PX)
    points = np.stack(np.meshgrid(ticks, ticks), -1).reshape(-1, 2)
    points = points + rng.uniform(-0.4, 0.4, points.shape) * FIELD_PX
    wobble = [3 * smooth_noise(rng, grid[0].shape, 12) for _ in range(2)]
    where = np.stack([g + w for g, w in zip(grid, wobble, strict=True)], -1)
    return cKDTree(points).query(where)[1], len(points)


def _look(
    rng: np.random.Generator, shares: np.ndarray, field: np.ndarray, count: int
) -> np.ndarray:
    """Pixels of the materials under this scene's season, light and haze."""
    spectra = SPECTRA * rng.normal(1, 0.06, SPECTRA.shape)
    # Vegetation dries towards soil over the season; shadows brighten with haze.
    season = rng.uniform(0, 0.45)
    spectra[VEGETATION] = (1 - season) * spectra[VEGETATION] + season * spectra[1]
    spectra[SHADOW] += rng.uniform(0, 250)
    pixels = shares @ spectra
    pixels *= rng.normal(1, 0.1, (count, 1))[field]
    light = 1 + 0.12 * smooth_noise(rng, field.shape, field.shape[0] / 6)
    haze = rng.uniform(0, 500) * np.array([0.8, 0.9, 1.0, 0.5])
    pixels = rng.uniform(0.75, 1.25) * light[..., None] * pixels + haze
    pixels += rng.normal(0, 60, pixels.shape)
    return pixels.clip(1, 10000).astype(np.uint16).transpose(2, 0, 1)


def _footprint(
    rng: np.random.Generator, grid: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """True inside a slightly turned square, as satellite scenes have."""
    half = grid[0].shape[0] / 2
    angle = rng.uniform(-0.12, 0.12)
    y, x = grid[0] - half, grid[1] - half
    u = x * np.cos(angle) + y * np.sin(angle)
    v = y * np.cos(angle) - x * np.sin(angle)
    return (np.abs(u) < 0.96 * half) & (np.abs(v) < 0.96 * half)


def _write(path: Path, pixels: np.ndarray, nodata: int, **place) -> None:
    with whole_file(path) as partial:
        with rasterio.open(
            partial,
            'w',
            driver='GTiff',
            count=pixels.shape[0],
            height=pixels.shape[1],
            width=pixels.shape[2],
            dtype=pixels.dtype,
            nodata=nodata,
            compress='deflate',
            tiled=True,
            **place,
        ) as target:
            target.write(pixels)
            if pixels.dtype == np.uint8:
                colours = (colour for _, colour in CLASSES.values())
                target.write_colormap(1, {i: (*c, 255) for i, c in enumerate(colours)})
