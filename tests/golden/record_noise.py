"""Records what torch.randn gives on a CPU, for TorchNoiseParityTest.

    pip install -r requirements.txt
    python record_noise.py ../src/test/resources/golden/noise/torch_randn.safetensors

`<seed>.<size>` is torch.randn(size) after manual_seed(seed). `stream.<i>` are calls one after another on one generator whose sizes
cross from the scalar to the vectorised path and back: the scalar path keeps a spare normal between calls.
"""
import sys

import torch
from safetensors.torch import save_file

SEEDS = {0: [*range(1, 41), 1000, 4096], 42: [5, 16, 17, 4096], 2**32 + 7: [3, 33], 2**63 - 1: [3, 100]}
STREAM = [1, 3, 16, 2, 1, 15, 17, 1, 48, 5]

tensors = {}
for seed, sizes in SEEDS.items():
    for size in sizes:
        tensors[f'{seed}.{size}'] = torch.randn(size, generator=torch.Generator().manual_seed(seed))
generator = torch.Generator().manual_seed(1234)
for index, size in enumerate(STREAM):
    tensors[f'stream.{index}'] = torch.randn(size, generator=generator)
save_file(tensors, sys.argv[1])
print(len(tensors), 'tensors')
