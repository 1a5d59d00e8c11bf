"""What each error is in words: a file for each family of `mmhnet_cli.errors`, and the table of all."""
