"""Remembers a module tree so well that whatever was grafted onto it can be taken off without a trace."""

from __future__ import annotations

import hashlib
from typing import Any

import torch
from torch import nn

_CONTAINERS = (dict, list, set)


class Snapshot:
    """The modules, parameters, buffers, hooks and attributes of a model as they are now.

    Tensors are not copied: nothing may write into them, and ``changed`` tells whether something did.
    """

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        objects: list[Any] = [*model.modules(), model.config]
        self._objects = [(o, type(o), dict(vars(o)), _contents(o)) for o in objects]
        named = [*model.named_parameters(), *model.named_buffers()]
        self._tensors = {n: (t, t.data_ptr(), t._version, t.requires_grad, t.dtype) for n, t in named}
        self.parameter_ids = frozenset(id(p) for p in model.parameters())

    def restore(self) -> None:
        """Put every module back: its children, parameters, hooks and attributes, in the very same containers."""
        for obj, kind, attributes, contents in self._objects:
            if type(obj) is not kind:
                obj.__class__ = kind
            for container, content in contents:
                container.clear()
                container.extend(content) if isinstance(container, list) else container.update(content)
            own = vars(obj)
            if own.keys() != attributes.keys() or any(own[k] is not v for k, v in attributes.items()):
                own.clear()
                own.update(attributes)
        for tensor, _, _, requires_grad, _ in self._tensors.values():
            tensor.grad = None
            if tensor.requires_grad is not requires_grad:
                tensor.requires_grad_(requires_grad)

    def changed(self) -> list[str]:
        """The tensors that are no longer what they were, or whose memory was written to; cheap."""
        named = dict([*self._model.named_parameters(), *self._model.named_buffers()])
        gone = [n for n in self._tensors if n not in named] + [n for n in named if n not in self._tensors]
        for name, (tensor, pointer, version, _, dtype) in self._tensors.items():
            same = named.get(name) is tensor and tensor.data_ptr() == pointer and tensor.dtype == dtype
            if not same or tensor._version != version:
                gone.append(name)
        return gone


def _contents(obj: Any) -> list[tuple[Any, Any]]:
    """(container, copy) of every plain container among an object's attributes."""
    return [(v, v.copy()) for v in vars(obj).values() if isinstance(v, _CONTAINERS)]


def digest(model: nn.Module) -> str:
    """A digest of a model's modules and the bits of its tensors; reads them all."""
    sha = hashlib.sha256()
    for name, module in model.named_modules():
        sha.update(f"{name}:{type(module).__name__}:{module.training};".encode())
    for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
        sha.update(f"{name}:{tensor.dtype}:{tuple(tensor.shape)}:{tensor.requires_grad};".encode())
        sha.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return sha.hexdigest()
