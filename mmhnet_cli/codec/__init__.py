"""What turns sound into latents and latents into sound: the codec of the mini and those of the public models."""
