# What the student of a consistency fine-tuning sees: hue of the first three bands,
# which are red, green and blue; brightness and blur of all bands.
strong_rgb = [
    dict(type='HueSaturationValue', bands=(0, 1, 2), p=0.8),
    dict(type='BrightnessContrast', brightness=(0.6, 1.4), contrast=(0.6, 1.4)),
    dict(type='BlurBands', p=0.5),
]
