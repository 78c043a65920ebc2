"""Contrastive pre-training of segmentation models on unlabelled imagery."""
