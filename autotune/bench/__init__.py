"""Benchmarks of search without training: recorded curves, plugged-in surrogates, and the simulation that judges on them."""
