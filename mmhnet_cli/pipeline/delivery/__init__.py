"""From sound to files under their final names, and the report beside them."""
