"""Wrong settings, found before a run spends any time on them."""
