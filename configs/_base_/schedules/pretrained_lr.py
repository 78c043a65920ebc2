# Learning rates of a fine-tuning that keeps closer to what was loaded, encoder and
# decoder: a tenth of the schedule's; the new classifier learns at the full rate.
pretrained_lr = {
    'backbone': dict(lr_mult=0.1),
    'decode_head': dict(lr_mult=0.1),
    'decode_head.conv_seg': dict(lr_mult=1.0),
}
