"""Files: the only layer that touches PyAV, the ffmpeg program and soundfile."""
