"""Every GDAL setting of the package; a variable that the user has set wins."""

import os

SETTINGS = {
    # Listing a folder of 100 000 tiles costs more than reading one; with TRUE, side-car
    # files (masks, nodata, world files) are still looked for by their names.
    'GDAL_DISABLE_READDIR_ON_OPEN': 'TRUE',
    # Its short cut to read a whole PNG at once gives other pixels for a damaged one,
    # without an error.
    'GDAL_PNG_WHOLE_IMAGE_OPTIM': 'NO',
    # Megabytes of decoded blocks per process. GDAL's default, 5 % of the memory, is
    # taken by every worker; this holds two rows of 512-px blocks of a wide scene.
    'GDAL_CACHEMAX': '256',
    # Workers are the parallelism; threads within each would fight over the cores.
    'GDAL_NUM_THREADS': '1',
    # A remote header then comes with the first request, rather than in small ones.
    'GDAL_INGESTED_BYTES_AT_OPEN': '32768',
    # Bytes of remote files kept per process: neighbouring windows share blocks.
    'CPL_VSIL_CURL_CACHE_SIZE': '67108864',
    # A run of days must outlive a server's bad minute, and not wait for ever.
    'GDAL_HTTP_MAX_RETRY': '5',
    'GDAL_HTTP_RETRY_DELAY': '1',
    'GDAL_HTTP_CONNECTTIMEOUT': '20',
    'GDAL_HTTP_LOW_SPEED_LIMIT': '1',
    'GDAL_HTTP_LOW_SPEED_TIME': '60',
}


def apply_settings() -> None:
    """Sets what the user has not; GDAL reads its variables when it needs them."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
