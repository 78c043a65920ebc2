"""Generated scenes and the demonstration."""
