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
SEQ2SEQ = dict(
    kind="seq2seq", encoder={k: v for k, v in HYBRID.items() if k != "kind"} | dict(blocks=1),
    segmentFrames=4, marginFrames=2, layers=2, heads=3, hidden=18, velocities=3, maximumTokens=7,
    dropout=0.0, beam=1)
CNN = dict(kind="cnn", channels=[3, 5], pool=2, contextFrames=2, hidden=14, dropout=0.0)

# File name, twin, settings, frames of a window.
NETWORKS = [
    ("hybrid", twins.Hybrid, HYBRID, 14),
    ("hybrid-options", twins.Hybrid, HYBRID_OPTIONS, 12),
    ("ast", twins.AST, AST, 15),
    ("cnn", twins.CNN, CNN, 9),
    ("seq2seq", twins.Seq2Seq, SEQ2SEQ, 14),
]
BATCH, BINS, OUTPUTS = 2, 11, 4
RATE, DECAY, NORMALISER = 3e-3, 0.01, 37.0
LENGTH, SMOOTHING = 5, 0.1


def write(name, make, settings, frames):
    torch.manual_seed(20)
    twin = make(settings, BINS, OUTPUTS)
    x = torch.randn(BATCH, frames, BINS)
    targets = torch.randint(0, 3, (BATCH, frames, OUTPUTS)) / 2
    weights = torch.randint(0, 4, (BATCH, frames, OUTPUTS)).float()

    out = {"x": x, "targets": targets, "weights": weights}
    if name == "seq2seq":
        segments = BATCH * -(-frames // settings["segmentFrames"])
        said, wanted = torch.randint(0, twin.vocabulary, (2, segments, LENGTH))
        # Sequences of several lengths; what is below 0 does not count.
        wanted[torch.arange(LENGTH)[None] > torch.arange(segments)[:, None]] = -1
        out |= {"said": said.float(), "wanted": wanted.float(),
                "tokenLogits": twin.tokens(x, said).detach().clone()}

    def loss_of(logits):
        each = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
        loss = (weights * each).sum() / NORMALISER
        if name != "seq2seq":
            return loss
        return loss + F.cross_entropy(
            twin.tokens(x, said).flatten(0, 1), wanted.flatten(), ignore_index=-1,
            label_smoothing=SMOOTHING, reduction="sum") / NORMALISER

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
                "normaliser": str(NORMALISER), "smoothing": str(SMOOTHING),
                "torch": torch.__version__}
    out = {n: tensor.contiguous() for n, tensor in out.items()}
    path = pathlib.Path(__file__).with_name(name + ".safetensors")
    save_file(out, path, metadata)
    path.chmod(0o644)
    print(name, "losses", losses)


torch.use_deterministic_algorithms(True)
for network in NETWORKS:
    write(*network)
