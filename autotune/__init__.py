"""Pareto-optimal parameter-efficient fine-tuning within a device-time budget."""
