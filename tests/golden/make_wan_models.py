"""Makes small Wan folders with random weights, and records what diffusers computes with them.

    python make_wan_models.py FOLDER [--seed 1] [--kinds t2v,ti2v,a14b-t2v,a14b-i2v] [--dtype float32] [--large]

A folder is what diffusers' save_pretrained writes, plus ref/*.safetensors and ref/meta.json. Every weight is random, norms and biases too,
so that none can be left out unnoticed. The seed draws the weights and the sizes (heads, layers, channels, frames, pixels, steps). With
--dtype bfloat16 or float16 the weights are stored so; what is recorded is computed from them in float32, and beside it what the reference
gives in that type. The same seed gives the same bytes on one machine with one set of versions.

With --large the weights are 1.7 GB in float32 and nothing is recorded: for measuring memory, not for numbers.

Recorded: text (ids, states), transformer (one call, by stage), vae (encode, decode, decode by chunk), pipeline_* (initial latents, every
step, frames). The folders that the tests carry:  make_wan_models.py ../src/test/resources/golden/wan --committed
"""

import argparse
import glob
import html
import io
import json
import math
import os
import random
import shutil
import tempfile

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import diffusers  # noqa: E402
import numpy  # noqa: E402
import PIL.Image  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402
from diffusers import (  # noqa: E402
    AutoencoderKLWan,
    FlowMatchEulerDiscreteScheduler,
    UniPCMultistepScheduler,
    WanImageToVideoPipeline,
    WanPipeline,
    WanTransformer3DModel,
)
from diffusers.pipelines.wan.pipeline_wan import prompt_clean  # noqa: E402
from safetensors.torch import save_file  # noqa: E402

KINDS = ("t2v", "ti2v", "a14b-t2v", "a14b-i2v")
# Small ones that differ: guidance above one, uneven sizes, UniPC and Euler, blocks of one and several layers.
COMMITTED = (("t2v", 51, "float32"), ("ti2v", 60, "float32"), ("a14b-t2v", 49, "float32"), ("a14b-i2v", 25, "float32"),
             ("t2v", 12, "bfloat16"))
PROMPT = "A small red boat crosses the lake at dawn, slow pan, film grain"
NEGATIVE = "blurry, low quality, still picture"
PROMPTS = [
    PROMPT,
    NEGATIVE,
    "",
    "  spaces   and\ttabs,\n and a line ",
    "Æther – ¾ ﬂour, ＡＢＣ, “quotes” and ‘more’",
    "湖上的小船",
    "two boats ⛵🛶!",
    "&lt;i&gt;boat&lt;/i&gt; &amp;amp; lake",
    "ａ\u0301 e\u0301 \u200b zero width\u00a0space",
    "words " * 90,
]
MAX_TOKENS = 64


class Sizes:
    """What a seed draws."""

    def __init__(self, seed, kind):
        draw = random.Random(seed * 10 + KINDS.index(kind))
        self.heads = draw.choice((1, 2, 3))
        self.head_size = draw.choice((12, 16, 20, 26))
        self.layers = draw.choice((1, 2, 3))
        self.feed_forward = draw.choice((24, 40, 64))
        self.waves = draw.choice((16, 32, 64))
        self.text_width = draw.choice((16, 24))
        self.base = draw.choice((2, 3))
        self.decoder_base = draw.choice((2, 3))
        self.blocks = draw.choice((1, 2))
        self.latent_channels = draw.choice((4, 8, 12)) if kind == "ti2v" else 16
        self.shift = draw.choice((1.0, 3.0, 5.0, 8.0))
        self.euler = draw.random() < 0.3
        self.steps = draw.choice((3, 4, 5, 6))
        self.guidance = draw.choice((1.0, 3.5, 5.0))
        cells = 32 if kind == "ti2v" else 16
        self.width = cells * draw.choice((1, 2, 3))
        self.height = cells * draw.choice((1, 2))
        self.frames = 1 + 4 * draw.choice((1, 2, 3))
        self.text_layers, self.text_heads, self.text_head_size, self.vocabulary = 2, 3, 6, 0

    def enlarge(self):
        """Parts of about 700, 700 and 250 MB in float32, of the published models' shape."""
        self.heads, self.head_size, self.layers, self.feed_forward, self.waves = 8, 128, 10, 4096, 256
        self.text_width, self.text_layers, self.text_heads, self.text_head_size, self.vocabulary = 1024, 8, 16, 64, 49152
        self.base = self.decoder_base = 64
        self.blocks = 2


def randomise(module, seed):
    """Random numbers of the size that keeps activations near one, in the order of the names."""
    source = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in sorted(module.named_parameters()):
            values = torch.randn(weight.shape, generator=source)
            is_gain = name.endswith("gamma") or ("norm" in name and name.endswith("weight") and weight.ndim == 1)
            if is_gain:
                values = 1 + 0.15 * values
            elif name.endswith("bias"):
                values = 0.1 * values
            elif "scale_shift_table" in name:
                values = 0.25 * values
            elif not any(part in name for part in ("relative_attention_bias", "shared", "embed_tokens")):
                values = values / math.sqrt(weight[0].numel())
            weight.copy_(values)
    return module.eval()


def tokenizer(folder):
    """A sentencepiece vocabulary of a few hundred pieces, learnt from the comments of Python's own library."""
    import sentencepiece

    lines = [PROMPT, NEGATIVE, "湖上的小船", "words and spaces"] * 40
    for file in sorted(glob.glob(os.path.join(os.path.dirname(os.__file__), "[a-d]*.py")))[:30]:
        with io.open(file, encoding="utf-8", errors="ignore") as source:
            lines += [line.strip(" #\n") for line in source if line.lstrip().startswith("#")]
    corpus = os.path.join(folder, "corpus")
    with io.open(corpus, "w", encoding="utf-8") as target:
        target.write("\n".join(lines))
    sentencepiece.SentencePieceTrainer.train(
        input=corpus, model_prefix=os.path.join(folder, "spiece"), vocab_size=512, model_type="unigram", byte_fallback=True,
        character_coverage=0.999, normalization_rule_name="nmt_nfkc", pad_id=0, eos_id=1, unk_id=2, bos_id=-1, pad_piece="<pad>",
        num_threads=1, minloglevel=2)
    os.remove(corpus)
    with open(os.path.join(folder, "tokenizer_config.json"), "w") as target:
        json.dump({"tokenizer_class": "T5Tokenizer", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>",
                   "extra_ids": 0, "model_max_length": 512}, target)
    return transformers.T5TokenizerFast.from_pretrained(folder, extra_ids=0)


def text_encoder(sizes, vocabulary, seed):
    config = transformers.UMT5Config(
        vocab_size=max(vocabulary, sizes.vocabulary), d_model=sizes.text_width, d_kv=sizes.text_head_size,
        d_ff=(4 if sizes.vocabulary else 2) * sizes.text_width, num_layers=sizes.text_layers, num_heads=sizes.text_heads,
        relative_attention_num_buckets=32, relative_attention_max_distance=128, feed_forward_proj="gated-gelu", dropout_rate=0.0,
        pad_token_id=0, eos_token_id=1, tie_word_embeddings=False)
    return randomise(transformers.UMT5EncoderModel(config), seed)


def transformer(sizes, in_channels, seed):
    return randomise(WanTransformer3DModel(
        patch_size=(1, 2, 2), num_attention_heads=sizes.heads, attention_head_dim=sizes.head_size, in_channels=in_channels,
        out_channels=sizes.latent_channels, text_dim=sizes.text_width, freq_dim=sizes.waves, ffn_dim=sizes.feed_forward,
        num_layers=sizes.layers, cross_attn_norm=True, qk_norm="rms_norm_across_heads", eps=1e-6, rope_max_seq_len=64), seed)


def vae(sizes, kind, seed):
    numbers = numpy.random.RandomState(seed)
    common = dict(base_dim=sizes.base, z_dim=sizes.latent_channels, dim_mult=[1, 2, 4, 4], num_res_blocks=sizes.blocks,
                  temperal_downsample=[False, True, True],
                  latents_mean=[round(float(v), 4) for v in numbers.randn(sizes.latent_channels) * 0.4],
                  latents_std=[round(float(v), 4) for v in 0.6 + 2 * numbers.rand(sizes.latent_channels)])
    if kind == "ti2v":
        common.update(decoder_base_dim=sizes.decoder_base, is_residual=True, in_channels=12, out_channels=12, patch_size=2,
                      scale_factor_temporal=4, scale_factor_spatial=16)
    return randomise(AutoencoderKLWan(**common), seed)


def scheduler(sizes):
    if sizes.euler:
        return FlowMatchEulerDiscreteScheduler(shift=sizes.shift)
    return UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=sizes.shift,
                                   num_train_timesteps=1000, solver_order=2, solver_type="bh2", final_sigmas_type="zero")


def picture(width, height, seed):
    numbers = numpy.random.RandomState(seed)
    down, across = numpy.mgrid[0:height, 0:width]
    channels = [255 * across / width, 255 * down / height, 127 + 90 * numpy.cos((across * seed + down) / 4)]
    return PIL.Image.fromarray((numpy.stack(channels, -1) + 5 * numbers.randn(height, width, 3)).clip(0, 255).astype("uint8"))


class Recording:
    """Named tensors on the way to ref/NAME.safetensors, and what ref/meta.json says."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, "ref")
        os.makedirs(self.folder)
        self.meta = {"versions": {library.__name__: library.__version__ for library in (diffusers, transformers, torch)}}

    def save(self, name, tensors):
        save_file({key: value.detach().clone().contiguous() for key, value in tensors.items()},
                  os.path.join(self.folder, name + ".safetensors"))

    def close(self):
        with io.open(os.path.join(self.folder, "meta.json"), "w", encoding="utf-8") as target:
            json.dump(self.meta, target, indent=1, ensure_ascii=False)


def record_text(pipe, recording):
    recording.meta["prompts"] = PROMPTS
    recording.meta["prompts_clean"] = [prompt_clean(prompt) for prompt in PROMPTS]
    recording.meta["prompts_unescaped"] = [html.unescape(html.unescape(prompt)) for prompt in PROMPTS]
    tokens = pipe.tokenizer(recording.meta["prompts_clean"], padding="max_length", max_length=MAX_TOKENS, truncation=True,
                            add_special_tokens=True, return_attention_mask=True, return_tensors="pt")
    first = slice(0, 3)
    states = pipe.text_encoder(tokens.input_ids[first], tokens.attention_mask[first]).last_hidden_state
    recording.save("text", {
        "input_ids": tokens.input_ids, "attention_mask": tokens.attention_mask, "last_hidden_state": states,
        "prompt_embeds": pipe._get_t5_prompt_embeds(PROMPTS[:3], max_sequence_length=MAX_TOKENS)})


def record_transformer(module, recording, per_token, name, own=None):
    """One call with a clip of an uneven size; by stage of the first block too."""
    frames, rows, columns = 2, 6, 4
    source = torch.Generator().manual_seed(21)
    text = torch.randn((1, 20, module.config.text_dim), generator=source)
    text[:, 13:] = 0
    tokens = frames * (rows // 2) * (columns // 2)
    timestep = torch.tensor([611])
    if per_token:
        timestep = torch.full((1, tokens), 611)
        timestep[:, : tokens // frames] = 0
    inputs = {"hidden_states": torch.randn((1, module.config.in_channels, frames, rows, columns), generator=source),
              "timestep": timestep, "encoder_hidden_states": text}
    record, hooks = dict(inputs), []

    def keep(key):
        def hook(_module, _inputs, output):
            parts = output if isinstance(output, tuple) else (output,)
            for index, part in enumerate(parts):
                if torch.is_tensor(part):
                    record[f"{key}.{index}" if len(parts) > 1 else key] = part.clone()
        return hook

    stages = {"patch_embedding": module.patch_embedding, "condition_embedder": module.condition_embedder, "rope": module.rope,
              "block0.attn1": module.blocks[0].attn1, "block0.attn2": module.blocks[0].attn2, "block0.ffn": module.blocks[0].ffn,
              "proj_out": module.proj_out}
    stages.update({f"block{index}": block for index, block in enumerate(module.blocks)})
    for key, stage in stages.items():
        hooks.append(stage.register_forward_hook(keep(key)))
    record["sample"] = module(**inputs, return_dict=False)[0]
    for hook in hooks:
        hook.remove()
    if own is not None:
        typed = {key: value.to(own.dtype) if value.is_floating_point() else value for key, value in inputs.items()}
        record["sample_own"] = own(**typed, return_dict=False)[0].float()
    recording.save(name, record)


def record_vae(module, recording, own=None):
    spatial = 16 if module.config.patch_size else 8
    source = torch.Generator().manual_seed(22)
    latents = 0.7 * torch.randn((1, module.config.z_dim, 3, 2, 1), generator=source)
    pixels = 2 * torch.rand((1, 3, 5, 2 * spatial, spatial), generator=source) - 1
    moments = module.encode(pixels).latent_dist
    record = {"z": latents, "decoded": module.decode(latents, return_dict=False)[0], "pixels": pixels, "enc_mean": moments.mean,
              "enc_logvar": moments.logvar}
    if own is not None:
        record["decoded_own"] = own.decode(latents.to(own.dtype), return_dict=False)[0].float()
    module.clear_cache()
    whole = module.post_quant_conv(latents)
    caches = []
    for index in range(latents.shape[2]):
        module._conv_idx = [0]
        record[f"chunk{index}"] = module.decoder(
            whole[:, :, index:index + 1], feat_cache=module._feat_map, feat_idx=module._conv_idx, first_chunk=index == 0)
        caches.append([list(cache.shape) if torch.is_tensor(cache) else str(cache) for cache in module._feat_map])
    module.clear_cache()
    recording.meta["vae_cache_shapes_after_frame"] = caches
    recording.save("vae", record)


def record_pipeline(pipe, recording, name, sizes, **arguments):
    """A whole run: every step's sample before and after, what the decoder gets, the frames."""
    spatial = 16 if pipe.vae.config.patch_size else 8
    shape = (1, sizes.latent_channels, 1 + (sizes.frames - 1) // 4, sizes.height // spatial, sizes.width // spatial)
    initial = torch.randn(shape, generator=torch.Generator().manual_seed(23))
    arguments |= dict(height=sizes.height, width=sizes.width, num_frames=sizes.frames, num_inference_steps=sizes.steps)
    record, step, decode = {"initial_latents": initial}, pipe.scheduler.step, pipe.vae.decode
    count = 0

    def kept_step(model_output, timestep, sample, **others):
        nonlocal count
        result = step(model_output, timestep, sample, **others)
        record[f"step{count}.noise_pred"], record[f"step{count}.sample"] = model_output.clone(), sample.clone()
        record[f"step{count}.t"] = torch.as_tensor(timestep).reshape(1)
        record[f"step{count}.prev_sample"] = result[0].clone()
        count += 1
        return result

    def kept_decode(latents, **others):
        record["vae_input"] = latents.clone()
        return decode(latents, **others)

    pipe.scheduler.step, pipe.vae.decode = kept_step, kept_decode
    pipe.set_progress_bar_config(disable=True)
    try:
        record["frames"] = pipe(prompt=PROMPT, negative_prompt=NEGATIVE, latents=initial.clone(), max_sequence_length=MAX_TOKENS,
                                output_type="pt", **arguments).frames
    finally:
        del pipe.scheduler.step, pipe.vae.decode
    record["sigmas"], record["timesteps"] = pipe.scheduler.sigmas, pipe.scheduler.timesteps
    recording.save(name, record)
    recording.meta[name] = {key: value for key, value in arguments.items() if isinstance(value, (int, float))} | {
        "prompt": PROMPT, "negative_prompt": NEGATIVE, "max_sequence_length": MAX_TOKENS}


def make(folder, kind, seed, dtype, large):
    sizes = Sizes(seed, kind)
    if large:
        sizes.enlarge()
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        words = tokenizer(scratch)
    is_image = kind == "a14b-i2v"
    in_channels = 2 * sizes.latent_channels + 4 if is_image else sizes.latent_channels
    parts = dict(tokenizer=words, text_encoder=text_encoder(sizes, (len(words) + 15) // 16 * 16, seed + 1),
                 vae=vae(sizes, kind, seed + 2), scheduler=scheduler(sizes), transformer=transformer(sizes, in_channels, seed + 3))
    if kind == "ti2v":
        parts["expand_timesteps"] = True
    if kind.startswith("a14b"):
        parts |= dict(transformer_2=transformer(sizes, in_channels, seed + 4), boundary_ratio=0.9 if is_image else 0.875)
    family = WanImageToVideoPipeline if is_image else WanPipeline
    family(**parts).to(dtype).save_pretrained(folder)
    if large:
        print(f"{folder}: {kind}, seed {seed}, {json.dumps(vars(sizes))}")
        return
    # what is recorded comes from the files, so that the folder is known to load
    pipe = family.from_pretrained(folder, torch_dtype=torch.float32)
    own = family.from_pretrained(folder, torch_dtype=dtype) if dtype != torch.float32 else None
    recording = Recording(folder)
    recording.meta["seed"] = seed
    with torch.no_grad():
        record_text(pipe, recording)
        record_transformer(pipe.transformer, recording, kind == "ti2v", "transformer", own and own.transformer)
        record_vae(pipe.vae, recording, own and own.vae)
        guidance = dict(guidance_scale=sizes.guidance)
        if kind == "a14b-t2v":
            guidance["guidance_scale_2"] = max(1.0, sizes.guidance - 1)
        if not is_image:
            record_pipeline(pipe, recording, "pipeline_t2v", sizes, **guidance)
        if kind == "ti2v" or is_image:
            first, last = picture(sizes.width, sizes.height, 3), picture(sizes.width, sizes.height, 4)
            first.save(os.path.join(recording.folder, "first.png"))
            image_pipe = pipe if is_image else WanImageToVideoPipeline(**pipe.components, expand_timesteps=True)
            record_pipeline(image_pipe, recording, "pipeline_i2v", sizes, image=first, **guidance)
            if is_image:
                last.save(os.path.join(recording.folder, "last.png"))
                record_pipeline(pipe, recording, "pipeline_flf2v", sizes, image=first, last_image=last, **guidance)
    recording.close()
    print(f"{folder}: {kind}, seed {seed}, {json.dumps(vars(sizes))}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--dtype", choices=("float32", "bfloat16", "float16"), default="float32")
    parser.add_argument("--large", action="store_true", help="1.7 GB of weights and no recordings")
    parser.add_argument("--committed", action="store_true", help="the folders that the tests carry")
    arguments = parser.parse_args()
    unknown = set(arguments.kinds.split(",")) - set(KINDS)
    if unknown:
        parser.error(f"--kinds: expected some of {', '.join(KINDS)}, found {', '.join(sorted(unknown))}")
    torch.set_num_threads(2)
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    chosen = COMMITTED if arguments.committed else [(kind, arguments.seed, arguments.dtype) for kind in arguments.kinds.split(",")]
    for kind, seed, dtype in chosen:
        name = f"{kind}-{seed}" + ("" if dtype == "float32" else f"-{dtype}")
        make(os.path.join(arguments.folder, name), kind, seed, getattr(torch, dtype), arguments.large)


if __name__ == "__main__":
    main()
