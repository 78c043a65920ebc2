"""Ground cover of a generated scene: what each class is made of, pixel by pixel.

Every function returns shares of four materials, ``(H, W, 4)``: vegetation, soil (which
roofs share), shadow (which water shares) and grey (roads). Classes come in pairs with
the same materials in the same amounts, so that they differ in arrangement only.
"""

import numpy as np
from scipy import ndimage

VEGETATION, SOIL, SHADOW, GREY = range(4)
Grid = tuple[np.ndarray, np.ndarray]  # y and x of every pixel


def smooth_noise(
    rng: np.random.Generator, shape: tuple[int, int], scale_px: float
) -> np.ndarray:
    """Gaussian noise of unit variance and a given correlation length."""
    noise = ndimage.gaussian_filter(rng.standard_normal(shape), scale_px, mode='wrap')
    return noise / noise.std()


def turned(grid: Grid, angle: np.ndarray) -> Grid:
    """Coordinates along and across a direction that may change from field to field."""
    y, x = grid
    return x * np.sin(angle) + y * np.cos(angle), x * np.cos(angle) - y * np.sin(angle)


def blend(amounts: dict[int, np.ndarray]) -> np.ndarray:
    """Stacks amounts of materials, scaled to shares."""
    shape = next(iter(amounts.values())).shape
    shares = np.zeros((*shape, 4), np.float32)
    for material, amount in amounts.items():
        shares[..., material] = amount
    return shares / shares.sum(-1, keepdims=True)


def water(rng: np.random.Generator, grid: Grid, angle: np.ndarray) -> np.ndarray:
    """Dark and smooth."""
    ripple = 0.05 * (smooth_noise(rng, angle.shape, 6) + 2).clip(0)
    return blend({SHADOW: np.ones(angle.shape), GREY: ripple})


def meadow(rng: np.random.Generator, grid: Grid, angle: np.ndarray) -> np.ndarray:
    """Vegetation over soil in patches without direction."""
    cover = (0.5 + 0.22 * smooth_noise(rng, angle.shape, 1.2)).clip(0, 1)
    return blend({VEGETATION: cover, SOIL: 1 - cover})


def crop(rng: np.random.Generator, grid: Grid, angle: np.ndarray) -> np.ndarray:
    """The same vegetation and soil in rows."""
    across, _ = turned(grid, angle)
    rows = 0.5 + 0.3 * np.sin(across * 2 * np.pi / 6)
    cover = (rows + 0.08 * smooth_noise(rng, angle.shape, 1)).clip(0, 1)
    return blend({VEGETATION: cover, SOIL: 1 - cover})


def forest(rng: np.random.Generator, grid: Grid, angle: np.ndarray) -> np.ndarray:
    """Crowns and their shadows at random places."""
    crown = 1 / (1 + np.exp(-2.5 * smooth_noise(rng, angle.shape, 1.7)))
    return blend({VEGETATION: crown, SHADOW: 1 - crown})


def orchard(rng: np.random.Generator, grid: Grid, angle: np.ndarray) -> np.ndarray:
    """The same crowns and shadows on a lattice."""
    across, along = turned(grid, angle)
    lattice = np.cos(across * 2 * np.pi / 8) + np.cos(along * 2 * np.pi / 8)
    jitter = 0.3 * smooth_noise(rng, angle.shape, 1.5)
    crown = 1 / (1 + np.exp(-2.2 * (lattice + jitter)))
    return blend({VEGETATION: crown, SHADOW: 1 - crown})


def bare(rng: np.random.Generator, grid: Grid, angle: np.ndarray) -> np.ndarray:
    """Soil with stones, a little shadow and a few plants, in patches."""
    patch = smooth_noise(rng, angle.shape, 2.5)
    return blend(
        {
            SOIL: np.full(angle.shape, 0.62),
            SHADOW: 0.3 * (patch > 0.9),
            GREY: 0.5 * (patch < -0.6),
            VEGETATION: 0.35 * (np.abs(patch) < 0.2),
        }
    )


def town(rng: np.random.Generator, grid: Grid, angle: np.ndarray) -> np.ndarray:
    """Roofs of the soil's colour in blocks between roads, with gardens and shadows."""
    across, along = turned(grid, angle)
    u, v = across % 18, along % 14
    road = (u < 4) | (v < 3)
    cell = np.floor(across / 18) * 7919 + np.floor(along / 14) * 104729
    kind = np.modf(np.abs(np.sin(cell)) * 9973)[0]
    garden = ~road & (kind < 0.25)
    shadow = ~road & ~garden & ((u > 16) | (v > 12.5))
    roof = ~(road | garden | shadow)
    noise = 0.1 * np.abs(smooth_noise(rng, angle.shape, 1))
    return blend(
        {SOIL: roof + noise, GREY: road + noise, VEGETATION: garden, SHADOW: shadow}
    )


CLASSES = {
    'water': (water, (40, 90, 200)),
    'meadow': (meadow, (190, 220, 120)),
    'crop rows': (crop, (230, 190, 60)),
    'forest': (forest, (20, 110, 40)),
    'orchard': (orchard, (150, 90, 190)),
    'bare soil': (bare, (170, 130, 90)),
    'town': (town, (210, 60, 60)),
}
