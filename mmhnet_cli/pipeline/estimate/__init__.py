"""What a generation takes, by arithmetic."""
