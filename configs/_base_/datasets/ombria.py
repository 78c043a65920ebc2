# OMBRIA after the flood: false-colour optical and one SAR band. Statistics of the
# training places.
data_root = 'data/ombria_flood'
mean = [46.5, 57.7, 36.0, 151.0]
std = [33.2, 34.1, 32.6, 51.5]
# The spread of its SAR does not grow with the mean, so it shows decibels; that 8 bits
# span 25 of them is assumed.
sar_changes = dict(type='GainSpeckle', domain='decibels', span=25.0)
