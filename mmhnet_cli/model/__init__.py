"""The velocity network: pure tensor code."""
