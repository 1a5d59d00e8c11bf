"""Ways into other programs for films."""
