#!/usr/bin/env python3
"""Writes NAME.safetensors for each tiny network below, as PyTorch computes it.

    pip install torch safetensors && python3 Tests/Fixtures/torch/make_golden.py

A file holds inputs, targets, weights of the loss, every parameter, the logits, the loss, every
gradient, and the losses of ten AdamW steps. The networks themselves are in twins.py.
"""
import json
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

import twins

HYBRID = dict(
    kind="hybrid", stemChannels=[3, 5], framesPerToken=2, width=12, blocks=2, heads=2,
    convolutionTaps=5, expansion=2, attentionReach=4, dropout=0.0)
HYBRID_OPTIONS = HYBRID | dict(
    stemChannels=[3, 8], blocks=1, attentionReach=2, coarseTokens=3,
    crossAttention=dict(blocks=1, heads=2, reach=3))
AST = dict(
    kind="ast", patchFrames=5, patchBins=6, strideFrames=3, strideBins=4, width=16, layers=2,
    heads=2, hidden=24, dropout=0.0)
CNN = dict(kind="cnn", channels=[3, 5], pool=2, contextFrames=2, hidden=14, dropout=0.0)

# File name, twin, settings, frames of a window.
NETWORKS = [
    ("hybrid", twins.Hybrid, HYBRID, 14),
    ("hybrid-options", twins.Hybrid, HYBRID_OPTIONS, 12),
    ("ast", twins.AST, AST, 15),
    ("cnn", twins.CNN, CNN, 9),
]
BATCH, BINS, OUTPUTS = 2, 11, 4
RATE, DECAY, NORMALISER = 3e-3, 0.01, 37.0


def write(name, make, settings, frames):
    torch.manual_seed(20)
    twin = make(settings, BINS, OUTPUTS)
    x = torch.randn(BATCH, frames, BINS)
    targets = torch.randint(0, 3, (BATCH, frames, OUTPUTS)) / 2
    weights = torch.randint(0, 4, (BATCH, frames, OUTPUTS)).float()

    def loss_of(logits):
        each = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
        return (weights * each).sum() / NORMALISER

    out = {"x": x, "targets": targets, "weights": weights}
    out |= {"parameter." + n: tensor.detach().clone() for n, tensor in twin.p.items()}
    logits = twin.forward(x)
    loss = loss_of(logits)
    loss.backward()
    out |= {"logits": logits.detach().clone(), "loss": loss.detach().reshape(1)}
    out |= {"gradient." + n: tensor.grad.clone() for n, tensor in twin.p.items()}

    optimiser = torch.optim.AdamW(
        [{"params": [t for n, t in twin.p.items() if n.endswith("weight")], "weight_decay": DECAY},
         {"params": [t for n, t in twin.p.items() if not n.endswith("weight")],
          "weight_decay": 0.0}],
        lr=RATE, betas=(0.9, 0.98), eps=1e-8)
    losses = []
    for _ in range(10):
        optimiser.zero_grad()
        loss = loss_of(twin.forward(x))
        losses.append(loss.item())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(twin.p.values()), 1.0)
        optimiser.step()
    out["losses"] = torch.tensor(losses)
    metadata = {"network": json.dumps(settings), "rate": str(RATE), "decay": str(DECAY),
                "normaliser": str(NORMALISER), "torch": torch.__version__}
    out = {n: tensor.contiguous() for n, tensor in out.items()}
    path = pathlib.Path(__file__).with_name(name + ".safetensors")
    save_file(out, path, metadata)
    path.chmod(0o644)
    print(name, "losses", losses)


torch.use_deterministic_algorithms(True)
for network in NETWORKS:
    write(*network)
