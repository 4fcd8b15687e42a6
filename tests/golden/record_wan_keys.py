"""Records names and shapes of every weight of the published Wan transformers and their text encoder, and of the autoencoder of 2.1, as
diffusers and transformers build them from the published sizes; no weight is made. For WanFullSizeTest and random_wan.py.

    pip install -r wan-requirements.txt
    python record_wan_keys.py ../src/test/resources/golden/wan-keys.json

Names that repeat in every block are written once, with # for the block's number.
"""

import json
import re
import sys

import torch
from diffusers import AutoencoderKLWan, WanTransformer3DModel
from transformers import UMT5Config, UMT5EncoderModel

SIZES = {  # heads, feed-forward width, blocks, channels in and out
    "1.3B": (12, 8960, 30, 16, 16),
    "5B": (24, 14336, 30, 48, 48),
    "14B": (40, 13824, 40, 16, 16),
    "A14B-I2V": (40, 13824, 40, 36, 16),
}


def keys(module, blocks):
    shapes = {name: list(tensor.shape) for name, tensor in module.state_dict().items()}
    written = {}
    for name, shape in shapes.items():
        general = re.sub(r"(?<=blocks\.)\d+|(?<=block\.)\d+", "#", name, count=1)
        assert written.setdefault(general, shape) == shape
    assert len(shapes) == sum(blocks if "#" in name else 1 for name in written)
    return written


recorded = {}
with torch.device("meta"):
    for name, (heads, inner, blocks, given, made) in SIZES.items():
        module = WanTransformer3DModel(num_attention_heads=heads, attention_head_dim=128, in_channels=given, out_channels=made,
                                       text_dim=4096, freq_dim=256, ffn_dim=inner, num_layers=blocks)
        config = {"_class_name": "WanTransformer3DModel"} | dict(module.config)
        config = {key: list(value) if isinstance(value, tuple) else value for key, value in config.items()
                  if key != "_use_default_values"}
        recorded[name] = {"config": config, "blocks": blocks, "keys": keys(module, blocks)}
    config = UMT5Config(vocab_size=256384, d_model=4096, d_kv=64, d_ff=10240, num_layers=24, num_heads=64,
                        feed_forward_proj="gated-gelu", tie_word_embeddings=False)
    recorded["UMT5-XXL"] = {"config": config.to_dict(), "blocks": 24, "keys": keys(UMT5EncoderModel(config), 24)}
    module = AutoencoderKLWan()
    config = {"_class_name": "AutoencoderKLWan"} | {key: value for key, value in module.config.items() if key != "_use_default_values"}
    recorded["VAE-2.1"] = {"config": config, "blocks": 1, "keys": {name: list(weight.shape) for name, weight in module.state_dict().items()}}
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(recorded, file, indent=1)
