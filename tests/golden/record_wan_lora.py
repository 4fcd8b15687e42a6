"""Makes small LoRA files for a Wan folder of the tests in the three styles of names that people have, and records what diffusers computes with them.

    python record_wan_lora.py ../src/test/resources/golden/wan/t2v-51 ../src/test/resources/golden/wan-lora

Every matrix is random (seeds in the code). The call is the one that the folder's ref/transformer.safetensors records. Written: peft.safetensors,
kohya.safetensors and original.safetensors, and expected.safetensors with the transformer's answer for each, at scales other than 1, and for two
at once. Versions: wan-requirements.txt.
"""

import os
import sys

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch  # noqa: E402
from diffusers import WanPipeline  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

SCALES = {"peft": 0.75, "kohya": 1.5, "original": -0.5}
ATTENTION = {"q": "to_q", "k": "to_k", "v": "to_v", "o": "to_out.0"}
OUTSIDE = {"time_projection.1": "condition_embedder.time_proj", "head.head": "proj_out",
           "text_embedding.0": "condition_embedder.text_embedder.linear_1", "text_embedding.2": "condition_embedder.text_embedder.linear_2",
           "time_embedding.0": "condition_embedder.time_embedder.linear_1", "time_embedding.2": "condition_embedder.time_embedder.linear_2"}


def block_layers(index):
    """Original names of a block's linear layers, and diffusers' own."""
    for original, own in (("self_attn", "attn1"), ("cross_attn", "attn2")):
        for name, to in ATTENTION.items():
            yield f"blocks.{index}.{original}.{name}", f"blocks.{index}.{own}.{to}"
    yield f"blocks.{index}.ffn.0", f"blocks.{index}.ffn.net.0.proj"
    yield f"blocks.{index}.ffn.2", f"blocks.{index}.ffn.net.2"


def matrices(module, own, rank, source):
    layer = module.get_submodule(own)
    down = torch.randn((rank, layer.in_features), generator=source) / layer.in_features ** 0.5
    up = torch.randn((layer.out_features, rank), generator=source) / rank ** 0.5
    return down, up


def peft(module):
    """Some layers of the blocks, in bfloat16 as many are; no alpha."""
    source, tensors = torch.Generator().manual_seed(31), {}
    for index in range(len(module.blocks)):
        for original, own in block_layers(index):
            if original.split(".", 2)[2] in ("self_attn.q", "self_attn.v", "cross_attn.k", "cross_attn.o", "ffn.0"):
                down, up = matrices(module, own, 3, source)
                tensors[f"transformer.{own}.lora_A.weight"] = down.to(torch.bfloat16)
                tensors[f"transformer.{own}.lora_B.weight"] = up.to(torch.bfloat16)
    return tensors


def kohya(module):
    """Every layer of the blocks, each with an alpha."""
    source, tensors = torch.Generator().manual_seed(32), {}
    for index in range(len(module.blocks)):
        for original, own in block_layers(index):
            down, up = matrices(module, own, 2, source)
            name = "lora_unet_" + original.replace(".", "_")
            tensors |= {f"{name}.lora_down.weight": down, f"{name}.lora_up.weight": up, f"{name}.alpha": torch.tensor(1.5)}
    return tensors


def original(module):
    """Layers outside the blocks too, and added biases; alpha for some."""
    source, tensors = torch.Generator().manual_seed(33), {}
    for index in range(len(module.blocks)):
        for name, own in block_layers(index):
            down, up = matrices(module, own, 4, source)
            tensors |= {f"diffusion_model.{name}.lora_A.weight": down, f"diffusion_model.{name}.lora_B.weight": up}
            tensors[f"diffusion_model.{name}.diff_b"] = 0.1 * torch.randn(up.shape[0], generator=source)
            if "self_attn" in name or "ffn" in name:
                tensors[f"diffusion_model.{name}.alpha"] = torch.tensor(2.0)
        for name in ("self_attn.norm_q.diff", "self_attn.norm_k.diff", "norm3.diff_b"):
            tensors[f"diffusion_model.blocks.{index}.{name}"] = torch.zeros(module.config.attention_head_dim)
    for name, own in OUTSIDE.items():
        down, up = matrices(module, own, 4, source)
        tensors |= {f"diffusion_model.{name}.lora_A.weight": down, f"diffusion_model.{name}.lora_B.weight": up}
        tensors[f"diffusion_model.{name}.diff_b"] = 0.1 * torch.randn(up.shape[0], generator=source)
    return tensors


def main(model, target):
    os.makedirs(target, exist_ok=True)
    recorded = load_file(os.path.join(model, "ref", "transformer.safetensors"))
    inputs = {key: recorded[key] for key in ("hidden_states", "timestep", "encoder_hidden_states")}
    expected = {}

    def answer(name, adapters):
        pipe = WanPipeline.from_pretrained(model, torch_dtype=torch.float32)
        for adapter in adapters:
            pipe.load_lora_weights(target, weight_name=f"{adapter}.safetensors", adapter_name=adapter)
        pipe.set_adapters(list(adapters), list(adapters.values()))
        with torch.no_grad():
            expected[name] = pipe.transformer(**inputs, return_dict=False)[0]
        away = (expected[name] - recorded["sample"]).abs().max()
        print(f"{name}: up to {away:.3f} away from the answer without LoRA")

    module = WanPipeline.from_pretrained(model, torch_dtype=torch.float32).transformer
    for style in (peft, kohya, original):
        save_file({key: value.contiguous() for key, value in style(module).items()}, os.path.join(target, f"{style.__name__}.safetensors"))
    for style, scale in SCALES.items():
        answer(style, {style: scale})
    answer("peft+kohya", {"peft": SCALES["peft"], "kohya": SCALES["kohya"]})
    save_file(expected, os.path.join(target, "expected.safetensors"))


if __name__ == "__main__":
    main(*sys.argv[1:])
