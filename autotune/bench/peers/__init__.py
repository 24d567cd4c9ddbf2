"""Other tools on the same benchmarks: each asks and is told as ``autotune.Optimizer`` is."""

from autotune.bench.peers.registry import check_peer, is_peer, simulate_peer

__all__ = ["check_peer", "is_peer", "simulate_peer"]
