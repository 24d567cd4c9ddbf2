"""The engine inside other people's loops."""
