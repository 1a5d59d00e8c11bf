"""Signal work on (channels, samples) NumPy arrays; no torch, no files."""
