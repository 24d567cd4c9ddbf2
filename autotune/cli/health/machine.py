"""Devices, precision, memory, and what the machine is set to."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from autotune.cli.health.finding import Finding
from autotune.errors import AutotuneError
from autotune.settings import machine
from autotune.words import si

LEAST_MEMORY = 2e9
"""Free bytes of RAM below which a worker may not start: an encoder, torch and the data."""
LEAST_SHARE = 0.25
"""Free share of a GPU's memory below which others use it."""


def devices() -> Finding:
    """GPUs, and the CPU's cores."""
    import torch

    own = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    cores = f"{_count(own, 'CPU core')}, torch uses {_count(torch.get_num_threads(), 'thread')}"
    if not torch.cuda.is_available():
        return _without_gpu(cores, own, torch.__version__, built=torch.version.cuda is not None)
    names, crowded = [], []
    for index in range(torch.cuda.device_count()):
        free, total = torch.cuda.mem_get_info(index)
        names.append(f"{torch.cuda.get_device_name(index)} ({si(free, 'B')} of {si(total, 'B')} free)")
        if free < LEAST_SHARE * total:
            crowded.append(f"cuda:{index}")
    found = f"{', '.join(names)}; {cores}"
    if crowded:
        return Finding("devices", "note", found, f"others fill {', '.join(crowded)}: see nvidia-smi, or --device")
    return Finding("devices", "ok", found)


def _without_gpu(cores: str, own: int, torch_version: str, *, built: bool) -> Finding:
    if shutil.which("nvidia-smi") and not built:
        return Finding(
            "devices",
            "wrong",
            f"an NVIDIA driver is here, but torch {torch_version} is built without CUDA; {cores}",
            "pip install --force-reinstall torch, from an index with CUDA builds: https://pytorch.org/get-started",
        )
    if shutil.which("nvidia-smi"):
        return Finding(
            "devices",
            "wrong",
            f"an NVIDIA driver is here, but torch {torch_version} finds no GPU; {cores}",
            "see nvidia-smi and CUDA_VISIBLE_DEVICES; the driver may be too old for this torch",
        )
    load = os.getloadavg()[0]
    if load > 1.5 * own:
        return Finding(
            "devices",
            "note",
            f"no GPU; {cores}, and {load:.0f} processes want them",
            "others use this machine, which slows threads down a lot: pass --threads 1",
        )
    return Finding("devices", "note", f"no GPU; {cores}", "studies run on the CPU, charged as cpu time")


def precision() -> Finding:
    """Whether bf16 is fast here."""
    import torch

    if torch.cuda.is_available():
        good = torch.cuda.is_bf16_supported(including_emulation=False)
        said = "yes" if good else "emulated by this GPU"
    else:
        flags = _cpu_flags() & {"avx512_bf16", "amx_bf16", "bf16"}
        good, said = bool(flags), f"in hardware ({', '.join(sorted(flags))})" if flags else "emulated by this CPU"
    remedy = "" if good else "each study measures which of fp32 and bf16 is faster; --precision fp32 fixes it"
    return Finding("bf16", "ok" if good else "note", said, remedy)


def _cpu_flags() -> set[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return {flag for line in lines if line.startswith(("flags", "Features")) for flag in line.split()}


def memory() -> Finding:
    """RAM that workers could have."""
    import psutil

    held = psutil.virtual_memory()
    said = f"{si(held.available, 'B')} of {si(held.total, 'B')} available"
    few = held.available < LEAST_MEMORY
    remedy = "close what uses it: each worker holds the model, the data and torch" if few else ""
    return Finding("memory", "note" if few else "ok", said, remedy)


def config_file() -> Finding:
    """``~/.config/autotune/config.toml``."""
    path = machine.config_path()
    if not path.is_file():
        return Finding("config file", "ok", f"none at {path}")
    try:
        found = machine.read_config()
    except AutotuneError as error:
        return Finding("config file", "wrong", error.message, error.remedy or "")
    said = (f"{k}={'set' if k == 'store' else v}" for k, v in found.items())
    return Finding("config file", "ok", f"{path}: " + ", ".join(said))


def variables() -> Finding:
    """Environment variables of ours."""
    found = {name: os.environ[name] for name in machine.VARIABLES if os.environ.get(name)}
    said = ", ".join(f"{name}={'set' if 'STORE' in name else value}" for name, value in found.items())
    folder = found.get("AUTOTUNE_DATA_DIR")
    if folder and not Path(folder).expanduser().is_dir():
        return Finding("environment", "wrong", said, f"AUTOTUNE_DATA_DIR={folder} is no folder: set another")
    return Finding("environment", "ok", said or "no AUTOTUNE_ variable is set")


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'s' * (number != 1)}"
