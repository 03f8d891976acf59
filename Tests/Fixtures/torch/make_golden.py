#!/usr/bin/env python3
"""Writes hybrid.safetensors: a tiny HybridNetwork computed by PyTorch.

    pip install torch safetensors && python3 Tests/Fixtures/torch/make_golden.py

The file holds inputs, targets, weights of the loss, every parameter, the logits, the loss, every
gradient, and the losses of ten AdamW steps. Parameters keep the names and layouts of
Sources/DrumNet/HybridNetwork.swift, so that no name is translated twice.
"""
import json
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

SETTINGS = dict(
    kind="hybrid", stemChannels=[3, 5], framesPerToken=2, width=12, blocks=2, heads=2,
    convolutionTaps=5, expansion=2, attentionReach=4, dropout=0.0)
BATCH, FRAMES, BINS, OUTPUTS = 2, 14, 11, 4
RATE, DECAY, NORMALISER = 3e-3, 0.01, 37.0

torch.manual_seed(20)
torch.use_deterministic_algorithms(True)
p: dict[str, torch.Tensor] = {}


def add(name, *shape, deviation=1.0, mean=0.0):
    p[name] = (torch.randn(*shape) * deviation + mean).requires_grad_()


def dense(name, out, width):
    add(name + ".weight", out, width, deviation=width**-0.5)
    add(name + ".bias", out, deviation=0.1)


def norm(name, width):
    add(name + ".scale", width, deviation=0.2, mean=1.0)
    add(name + ".shift", width, deviation=0.2)


def make_parameters():
    add("input.scale", BINS, deviation=0.2, mean=1.0)
    add("input.shift", BINS, deviation=0.2)
    bins, channels = BINS, 1
    for i, out in enumerate(SETTINGS["stemChannels"]):
        add(f"stem.{i}.weight", out, 9 * channels, deviation=(2 / (9 * channels))**0.5)
        add(f"stem.{i}.bias", out, deviation=0.1)
        bins, channels = (bins + 1) // 2, out
        norm(f"stem.{i}.norm", bins * out)
    width, token = SETTINGS["width"], SETTINGS["framesPerToken"]
    dense("fold", width, token * bins * channels)
    for i in range(SETTINGS["blocks"]):
        b = f"blocks.{i}"
        norm(b + ".attention.norm", width)
        dense(b + ".attention.qkv", 3 * width, width)
        dense(b + ".attention.out", width, width)
        norm(b + ".convolution.norm", width)
        dense(b + ".convolution.gate", 2 * width, width)
        add(b + ".convolution.taps.weight", SETTINGS["convolutionTaps"], width, deviation=0.4)
        add(b + ".convolution.taps.bias", width, deviation=0.1)
        norm(b + ".convolution.inner", width)
        dense(b + ".convolution.out", width, width)
        norm(b + ".hidden.norm", width)
        dense(b + ".hidden.in", SETTINGS["expansion"] * width, width)
        dense(b + ".hidden.out", width, SETTINGS["expansion"] * width)
    norm("norm", width)
    dense("head", token * OUTPUTS, width)


def linear(x, name):
    return F.linear(x, p[name + ".weight"], p[name + ".bias"])


def layer_norm(x, name):
    return F.layer_norm(x, x.shape[-1:], p[name + ".scale"], p[name + ".shift"], 1e-5)


def rotary(x):
    """x (batch, heads, time, size): the halves are rotated against each other."""
    time, size = x.shape[-2:]
    angle = torch.arange(time)[:, None] * 10000.0 ** (-torch.arange(size // 2) * 2 / size)[None]
    cos, sin = angle.cos(), angle.sin()
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)


def attention(x, name):
    batch, time, width = x.shape
    heads = SETTINGS["heads"]
    q, k, v = (part.view(batch, time, heads, -1).transpose(1, 2)
               for part in linear(x, name + ".qkv").chunk(3, dim=-1))
    position = torch.arange(time)
    near = (position[:, None] - position[None]).abs() <= SETTINGS["attentionReach"]
    y = F.scaled_dot_product_attention(rotary(q), rotary(k), v, attn_mask=near)
    return linear(y.transpose(1, 2).reshape(batch, time, width), name + ".out")


def convolution(x, name):
    y = F.glu(linear(x, name + ".gate"), dim=-1).transpose(1, 2)
    taps = p[name + ".taps.weight"]
    y = F.conv1d(y, taps.t()[:, None], p[name + ".taps.bias"], padding=taps.shape[0] // 2,
                 groups=taps.shape[1]).transpose(1, 2)
    return linear(F.silu(layer_norm(y, name + ".inner")), name + ".out")


def forward(x):
    h = (x * p["input.scale"] + p["input.shift"])[:, None]  # (batch, channels, frames, bins)
    for i, out in enumerate(SETTINGS["stemChannels"]):
        weight = p[f"stem.{i}.weight"].view(out, 3, 3, -1).permute(0, 3, 1, 2)
        h = F.conv2d(h, weight, p[f"stem.{i}.bias"], stride=(1, 2), padding=1)
        flat = h.permute(0, 2, 3, 1).flatten(2)  # (batch, frames, bins * channels)
        flat = F.gelu(layer_norm(flat, f"stem.{i}.norm"), approximate="tanh")
        h = flat.view(BATCH, FRAMES, h.shape[3], out).permute(0, 3, 1, 2)
    h = linear(flat.view(BATCH, FRAMES // SETTINGS["framesPerToken"], -1), "fold")
    for i in range(SETTINGS["blocks"]):
        b = f"blocks.{i}"
        h = h + attention(layer_norm(h, b + ".attention.norm"), b + ".attention")
        h = h + convolution(layer_norm(h, b + ".convolution.norm"), b + ".convolution")
        inner = F.gelu(linear(layer_norm(h, b + ".hidden.norm"), b + ".hidden.in"),
                       approximate="tanh")
        h = h + linear(inner, b + ".hidden.out")
    return linear(layer_norm(h, "norm"), "head").view(BATCH, FRAMES, OUTPUTS)


def main():
    make_parameters()
    x = torch.randn(BATCH, FRAMES, BINS)
    targets = torch.randint(0, 3, (BATCH, FRAMES, OUTPUTS)) / 2
    weights = torch.randint(0, 4, (BATCH, FRAMES, OUTPUTS)).float()

    def loss_of(logits):
        each = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
        return (weights * each).sum() / NORMALISER

    out = {"x": x, "targets": targets, "weights": weights}
    out |= {"parameter." + name: tensor.detach().clone() for name, tensor in p.items()}
    logits = forward(x)
    loss = loss_of(logits)
    loss.backward()
    out |= {"logits": logits.detach().clone(), "loss": loss.detach().reshape(1)}
    out |= {"gradient." + name: tensor.grad.clone() for name, tensor in p.items()}

    optimiser = torch.optim.AdamW(
        [{"params": [t for n, t in p.items() if n.endswith("weight")], "weight_decay": DECAY},
         {"params": [t for n, t in p.items() if not n.endswith("weight")], "weight_decay": 0.0}],
        lr=RATE, betas=(0.9, 0.98), eps=1e-8)
    losses = []
    for _ in range(10):
        optimiser.zero_grad()
        loss = loss_of(forward(x))
        losses.append(loss.item())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(p.values()), 1.0)
        optimiser.step()
    out["losses"] = torch.tensor(losses)
    metadata = {"network": json.dumps(SETTINGS), "rate": str(RATE), "decay": str(DECAY),
                "normaliser": str(NORMALISER), "torch": torch.__version__}
    out = {name: tensor.contiguous() for name, tensor in out.items()}
    path = pathlib.Path(__file__).with_name("hybrid.safetensors")
    save_file(out, path, metadata)
    path.chmod(0o644)
    print("losses", losses)


main()
