#!/usr/bin/env python3
"""Opens a model or training checkpoint with the safetensors package and lists what it holds.

    pip install safetensors numpy && python3 Tests/Fixtures/torch/check_checkpoint.py FILE
"""
import json
import sys

import numpy as np
from safetensors import safe_open

with safe_open(sys.argv[1], framework="numpy") as file:
    settings = json.loads(file.metadata()["charthero.model"])
    print(settings["name"], settings["network"])
    total = 0
    for name in file.keys():
        tensor = file.get_tensor(name)
        assert np.isfinite(tensor).all(), name
        total += tensor.size
        print(f"{name:40} {tuple(tensor.shape)} mean {tensor.mean():+.4f} std {tensor.std():.4f}")
    print(total, "values")
