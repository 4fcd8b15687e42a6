"""What diffusers and transformers lose in 16 bits on the committed Wan folders: the figures in ReducedPrecisionTest.

    python tests/golden/measure_wan_types.py

Each figure is the root mean square of the difference to the same model in float32, over that of its result. Needs the packages of
wan-requirements.txt. Frames are taken before they are limited to -1..1.
"""

from pathlib import Path

import torch
from diffusers import AutoencoderKLWan
from safetensors.torch import load_file
from transformers import UMT5EncoderModel

FOLDERS = Path(__file__).parents[1] / "src/test/resources/golden/wan"
TEXT_TOKENS = 12


def lost(expected: torch.Tensor, found: torch.Tensor) -> float:
    expected, found = expected.double(), found.double()
    return ((expected - found).pow(2).mean() / expected.pow(2).mean()).sqrt().item()


def decoded(vae: AutoencoderKLWan, latents: torch.Tensor) -> torch.Tensor:
    cells = vae.post_quant_conv(latents)
    vae.clear_cache()
    chunks = []
    for frame in range(latents.shape[2]):
        vae._conv_idx = [0]
        first = {"first_chunk": True} if frame == 0 else {}
        one = cells[:, :, frame : frame + 1]
        chunks.append(vae.decoder(one, feat_cache=vae._feat_map, feat_idx=vae._conv_idx, **first))
    return torch.cat(chunks, 2).float()


def results(folder: Path, dtype: torch.dtype) -> list[torch.Tensor]:
    recorded = load_file(folder / "ref/vae.safetensors")
    vae = AutoencoderKLWan.from_pretrained(folder / "vae", torch_dtype=dtype)
    encoder = UMT5EncoderModel.from_pretrained(folder / "text_encoder", torch_dtype=dtype)
    ids = load_file(folder / "ref/text.safetensors")["input_ids"][:1, :TEXT_TOKENS]
    return [
        decoded(vae, recorded["z"].to(dtype)),
        vae.encode(recorded["pixels"].to(dtype)).latent_dist.mean.float(),
        encoder(ids).last_hidden_state.float(),
    ]


@torch.no_grad()
def main() -> None:
    for folder in sorted(path for path in FOLDERS.iterdir() if (path / "ref/vae.safetensors").exists()):
        exact = results(folder, torch.float32)
        for dtype in (torch.float16, torch.bfloat16):
            figures = [round(lost(*pair), 5) for pair in zip(exact, results(folder, dtype), strict=True)]
            print(folder.name, dtype, "decoder, encoder, text:", *figures)


if __name__ == "__main__":
    main()
