"""What mmhnet reaches, measured: sound against the truth, speed, and what hostile input does to it."""
