"""Training steps of our networks in PyTorch: forward, backward, clipping, AdamW."""
import sys

import twin
from answering import serve

torch = twin.torch
F = torch.nn.functional
torch.set_num_threads(int(sys.argv[1]))


def load(order):
    network = twin.load(order["model"])
    shape = order["windows"], order["frames"]
    features = twin.floats(order["features"], *shape, network.bins)
    targets = twin.floats(order["targets"], *shape, network.outputs)
    parameters = list(network.p.values())
    optimiser = torch.optim.AdamW(
        parameters, lr=order["rate"], betas=(0.9, 0.98), eps=1e-8, weight_decay=0.01, fused=True)
    context = twin.precision(order["precision"])

    def run():
        optimiser.zero_grad(set_to_none=True)
        with context():
            logits = network.forward(features)
        loss = F.binary_cross_entropy_with_logits(logits.float(), targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        return {"loss": loss.item()}

    return run, {}


serve(f"PyTorch {torch.__version__}", load)
