# Sentinel-2 L2A (12 bands) and Sentinel-1 RTC (VV, VH in decibels), stacked. Black and
# white of every band, and statistics as of a few places: compute your own.
data_root = 'data/sentinel'
optical_bands = list(range(12))
sar_bands = [12, 13]
value_range = [[0.0] * 12 + [-30.0, -30.0], [10000.0] * 12 + [5.0, 5.0]]
mean = [2000.0] * 12 + [-12.6, -18.7]
std = [2000.0] * 12 + [3.9, 3.7]
# In decibels, of the SAR bands.
sar_span = value_range[1][-1] - value_range[0][-1]
