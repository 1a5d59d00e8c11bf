"""Whether a network that has seen clips of 8 s alone holds at any length, at a size that anybody can run."""
