"""What sounds are heard by: our judge of kinds, and the networks of the field."""
