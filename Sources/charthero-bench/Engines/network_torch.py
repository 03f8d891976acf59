"""Our networks in PyTorch, for inference."""
import sys

import twin
from answering import serve

torch = twin.torch
torch.set_num_threads(int(sys.argv[1]))


def load(order):
    network = twin.load(order["model"])
    for tensor in network.p.values():
        tensor.requires_grad_(False)
    features = twin.floats(order["features"], order["windows"], order["frames"], network.bins)
    context = twin.precision(order["precision"])

    def hear():
        with torch.inference_mode(), context():
            return torch.sigmoid(network.forward(features).float())

    def run():
        hear()

    hear().contiguous().numpy().tofile(order["result"])
    return run, {}


serve(f"PyTorch {torch.__version__}", load)
