"""Benchmarks of search without training: recorded curves, surrogates, anyone's own, and the simulation on them."""

from autotune.bench.names import load
from autotune.bench.prepared import Prepared
from autotune.bench.problem import Benchmark
from autotune.bench.simulate import Run, simulate

__all__ = ["Benchmark", "Prepared", "Run", "load", "simulate"]
