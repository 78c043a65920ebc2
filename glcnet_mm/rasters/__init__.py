"""Files and ground: finding, reading, resampling, stacking and writing rasters."""
