"""What a model sees of a film and reads of its words: the encoders of the mini and the public ones."""
