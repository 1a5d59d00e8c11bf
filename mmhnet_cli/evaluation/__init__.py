"""How good sounds for films are: measures of the field, over whole films of any length."""
