# Rates of ASPP's branches, the first of which is a 1x1 convolution. Rates 6, 12 and 18
# are for maps of 33 cells, 513 px at stride 16; a map of n cells takes about n / 33 of
# them. A rate no smaller than the map's side trains the centre of its kernel alone.
published_rates = (1, 6, 12, 18)
# 14 to 16 cells: 224 to 256 px.
rates = (1, 3, 6, 9)
# 4 to 8 cells: 64 to 128 px.
small_rates = (1, 1, 2, 3)
