"""Rasters that this process holds open, a bounded number of them."""

import os
import warnings
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import rasterio
from rasterio._err import CPLE_BaseError
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window as RasterioWindow

from ..errors import MissingFileError, UserError
from ..wording import counted
from . import vsi
from .blocks_read import BlocksRead
from .gdal_settings import apply_settings
from .mask_band import MaskBand, look_at_mask, looked_at
from .mosaic_parts import Rectangle
from .named_files import forbidden_in
from .open_files import TooManyOpenFilesError, check_files_left
from .references import forbidden_reference
from .validity import BandChoice, BandRules, alpha_bands, band_rules

MAX_OPEN_FILES = 64
apply_settings()
warnings.filterwarnings('ignore', category=NotGeoreferencedWarning)

# rasterio lets some of GDAL's errors through as they are.
GDAL_ERRORS = (RasterioError, CPLE_BaseError)


class RasterReadError(UserError):
    """A raster cannot be read; the message names the file."""


@contextmanager
def damage_of_header(path: str) -> Iterator[None]:
    """Names a raster whose header opens and cannot be read to its end."""
    try:
        yield
    except GDAL_ERRORS as error:
        check_files_left(path, error)
        raise RasterReadError(
            f'{path} has a damaged header ({error}); copy it again.'
        ) from error


def _folder() -> str | None:
    """The working folder, None once it is removed."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return None


class Handles:
    """Open files of this process, closed in order of last use beyond a bound."""

    def __init__(self) -> None:
        self.pid, self.folder = os.getpid(), _folder()
        self.files: OrderedDict[str, rasterio.DatasetReader] = OrderedDict()
        self._rules: dict[str, dict[BandChoice, BandRules]] = {}
        # Kept when a file is closed, for to look at one again would cost its blocks.
        self._masks: dict[tuple[str, int], tuple[MaskBand, bool]] = {}
        self._blocks = BlocksRead()
        # While any mosaic is open, GDAL remembers which part it could not open, and
        # from then on gives zeros for it without an error.
        self._spoilt: dict[str, UserError] = {}

    def get(self, path: str) -> rasterio.DatasetReader:
        """The open file.

        Raises:
            UserError: It cannot be opened, or is a mosaic that once failed to be read.
        """
        if path in self._spoilt:
            fault = self._spoilt[path]
            raise type(fault)(*fault.args)
        if self.pid != os.getpid():
            # A forked worker must not share the file positions of its parent; the
            # parent's handles are dropped without closing them.
            self.pid, self.files, self._rules = os.getpid(), OrderedDict(), {}
        if self.folder != (folder := _folder()):
            # The same relative name is another file there.
            while self.files:
                self._close_oldest()
            self.folder, self._masks = folder, {}
        if path not in self.files:
            self.files[path], self._rules[path] = self._open(path), {}
            if len(self.files) > MAX_OPEN_FILES:
                self._close_oldest()
        self.files.move_to_end(path)
        return self.files[path]

    @contextmanager
    def reading(self, path: str, what: str) -> Iterator[None]:
        """Names what cannot be read; a mosaic is then refused whenever it is read.

        Args:
            path: An open raster.
            what: Of it is read.

        Raises:
            TooManyOpenFilesError: A part of it cannot be opened for that reason.
            RasterReadError: It is damaged.
        """
        try:
            yield
        except GDAL_ERRORS as error:
            with self._giving_up(path):
                check_files_left(path, error)
                raise RasterReadError(
                    f'{path} is damaged or truncated: {what} cannot be read '
                    f'({error.__cause__ or error}); copy the file again or remove it.'
                ) from error

    @contextmanager
    def _giving_up(self, path: str) -> Iterator[None]:
        try:
            yield
        except UserError as fault:
            if self.files[path].driver == 'VRT':
                self._spoilt[path] = fault.with_traceback(None)
            raise

    def forget(self, path: str) -> None:
        """Closes a file and drops what was seen of its masks."""
        if path in self.files:
            self.files.move_to_end(path, last=False)
            self._close_oldest()
        for key in [key for key in self._masks if key[0] == path]:
            del self._masks[key]

    def _open(self, path: str) -> rasterio.DatasetReader:
        try:
            return open_raster(path)
        except TooManyOpenFilesError:
            while self.files:
                self._close_oldest()
            return open_raster(path)

    def _close_oldest(self) -> None:
        oldest, file = self.files.popitem(last=False)
        file.close()
        del self._rules[oldest]
        self._blocks.forget(oldest)

    def rules(self, path: str, choice: BandChoice) -> BandRules:
        """What tells which pixels of some of a file's bands are valid."""
        source = self.get(path)
        known = self._rules[path]
        if choice not in known:
            with damage_of_header(path):
                known[choice] = self._find_rules(path, source, choice)
        return known[choice]

    def _find_rules(
        self, path: str, source: rasterio.DatasetReader, choice: BandChoice
    ) -> BandRules:
        bands = choice.numbers(source.count, alpha_bands(source))
        asked = [*bands, *([choice.mask_band] if choice.mask_band else [])]
        if max(asked) > source.count or min(asked) < 1:
            raise RasterReadError(
                f'{path} has {counted(source.count, "band")} but the config asks for '
                f'bands {asked}; correct the list of bands.'
            )
        self.check_blocks(path, source)
        mask = self._mask_band(source, path, choice, bands)
        return band_rules(source, choice, bands, mask)

    def _mask_band(
        self,
        source: rasterio.DatasetReader,
        path: str,
        choice: BandChoice,
        bands: Sequence[int],
    ) -> MaskBand | None:
        if choice.mask_band is not None:
            wanted = choice.mask_band
            return self.mask(source, path, wanted)[0] if wanted else None
        left_out = [band for band in alpha_bands(source) if band not in bands]
        seen = (self.mask(source, path, band) for band in left_out)
        return next((mask for mask, likely in seen if likely), None)

    def mask(
        self, source: rasterio.DatasetReader, path: str, band: int
    ) -> tuple[MaskBand, bool]:
        """A band as a mask, and whether it looks like one."""
        if (path, band) not in self._masks:
            for window in looked_at(source):
                self.check_blocks(path, source, corners(window))
            with self.reading(path, f'its band {band}'):
                self._masks[path, band] = look_at_mask(source, band)
        return self._masks[path, band]

    def check_blocks(
        self, path: str, source: rasterio.DatasetReader, place: Rectangle | None = None
    ) -> None:
        """Refuses what would take too much memory to decode; see ``BlocksRead``."""
        with damage_of_header(path):
            fault = self._blocks.fault(path, source, place)
        if fault is not None:
            raise RasterReadError(f'{path} {fault}')


HANDLES = Handles()


def open_raster(path: str) -> rasterio.DatasetReader:
    """Opens a raster that the caller closes.

    Raises:
        MissingFileError: There is no such file.
        RasterReadError: It is not a raster, or a virtual one that reads what it may
            not; see ``references``.
    """
    if not vsi.exists(path):
        raise MissingFileError(f'{path} does not exist; check the path in the config.')
    if vsi.size(path) == 0:
        raise RasterReadError(f'{path} is empty (0 bytes); copy it again.')
    try:
        fault = forbidden_reference(path)
        if fault is not None:
            raise RasterReadError(f'{path} {fault}')
        source = rasterio.open(path)
    except (*GDAL_ERRORS, OSError) as error:
        check_files_left(path, error)
        raise RasterReadError(
            f'{path} is not a readable raster ({error}); replace or remove the file.'
        ) from error
    with damage_of_header(path):
        fault = forbidden_in(path, source)
    if fault is not None:
        source.close()
        raise RasterReadError(f'{path} {fault}')
    return source


def corners(window: RasterioWindow) -> Rectangle:
    """First and last column and row of a window, the last ones exclusive."""
    left, top, width, height = window.flatten()
    return left, top, left + width, top + height
