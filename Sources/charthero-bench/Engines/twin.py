"""Our networks in PyTorch: the twins that the tests compare with, made as fast as they can be."""
import functools
import json
import pathlib
import sys

from answering import needs

torch = needs("torch", "pip install torch")
numpy = needs("numpy", "pip install numpy")
safetensors = needs("safetensors", "pip install safetensors")

import safetensors.torch
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "Tests/Fixtures/torch"))
import twins

# Positions are the same in every run: their angles are kept.
turns = {}


def turned(x, key, angle):
    if key not in turns:
        turns[key] = angle().cos(), angle().sin()
    cos, sin = turns[key]
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)


def rotary(x):
    time, size = x.shape[-2:]
    return turned(x, (time, size), lambda: twins.angles(torch.arange(time), size // 2))


def grid(self, x):
    time, half = x.shape[-2], x.shape[-1] // 4
    token = torch.arange(time)
    return turned(x, (time, half, self.bands), lambda: torch.cat(
        [twins.angles(token // self.bands, half), twins.angles(token % self.bands, half)], dim=1))


def heard(self, x, name, heads, reach=None, turn=None):
    """As the twin's, but without a mask where nothing is masked: PyTorch has a faster way then."""
    batch, time, width = x.shape
    turn = turn or rotary
    q, k, v = (part.view(batch, time, heads, -1).transpose(1, 2)
               for part in self.linear(x, name + ".qkv").chunk(3, dim=-1))
    near = None
    if reach is not None and reach < time:
        position = torch.arange(time)
        near = (position[:, None] - position[None]).abs() <= reach
    y = F.scaled_dot_product_attention(turn(q), turn(k), v, attn_mask=near)
    return y.transpose(1, 2).reshape(batch, time, width)


twins.Twin.heard = heard
twins.AST.turn = grid


def load(path):
    """The twin of the network in a model file, with its weights."""
    with safetensors.safe_open(path, "pt") as file:
        settings = json.loads(file.metadata()["charthero.model"])
    sizes = settings["network"]
    kind = {"hybrid": twins.Hybrid, "ast": twins.AST, "cnn": twins.CNN}[sizes["kind"]]
    twin = kind(sizes, settings["mel"]["bins"], len(settings["outputs"]))
    weights = safetensors.torch.load_file(path)
    assert weights.keys() == twin.p.keys(), "the twin has other weights"
    twin.p = {name: weights[name].clone().requires_grad_() for name in twin.p}
    return twin


def floats(path, *shape):
    return torch.from_numpy(numpy.fromfile(path, dtype=numpy.float32)).view(*shape)


def precision(name):
    """The context that computes in a precision."""
    return functools.partial(
        torch.autocast, "cpu", dtype=torch.bfloat16, enabled=name == "bfloat16")
