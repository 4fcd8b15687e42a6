"""Runs the files of `zoetrope export` with plain ONNX Runtime, and compares with what diffusers recorded of the same folder.

    python run_exported_wan.py EXPORTED FOLDER

FOLDER is one of an image-to-video pipeline with two transformers, such as ../src/test/resources/golden/wan/a14b-i2v-25: it has every kind of graph.
Prints one line a stage: its name and the largest difference. Wants numpy, onnxruntime, pillow and safetensors; nothing of the project.
"""

import json
import os
import sys

import numpy
import onnxruntime
from PIL import Image
from safetensors.numpy import load_file


LATENT_CHANNELS = 16


def session(exported, name):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    return onnxruntime.InferenceSession(os.path.join(exported, name), options, providers=["CPUExecutionProvider"])


def run(model, inputs):
    wanted = {each.name for each in model.get_inputs()}
    assert wanted == set(inputs), f"expected inputs {sorted(wanted)}, found {sorted(inputs)}"
    return dict(zip([each.name for each in model.get_outputs()], model.run(None, inputs)))


def report(stage, expected, found):
    assert expected.shape == found.shape, f"{stage}: expected {expected.shape}, found {found.shape}"
    print(f"{stage} {numpy.abs(expected.astype(numpy.float64) - found).max():.3g}")


def tokens(clip):
    """[1, channels, latents, height, width] to [latents, rows, columns, (channel, y, x)]."""
    _, channels, latents, height, width = clip.shape
    cut = clip[0].reshape(channels, latents, height // 2, 2, width // 2, 2)
    return cut.transpose(1, 2, 4, 0, 3, 5).reshape(latents, height // 2, width // 2, 4 * channels)


def text(exported, folder):
    recorded = load_file(os.path.join(folder, "ref", "text.safetensors"))
    encoder = session(exported, "text_encoder/text-encoder.onnx")
    for index, expected in enumerate(recorded["prompt_embeds"]):
        length = int(recorded["attention_mask"][index].sum())
        states = run(encoder, {"input_ids": recorded["input_ids"][index, :length]})["last_hidden_state"]
        report(f"text_encoder/{index}", expected[:length], states)


def velocity(exported, component, states, timestep, words):
    """One call of a transformer with one text, padding and all. The velocity as tokens [latents, rows, columns, numbers]."""
    grid = tokens(states)
    latents, rows, columns, _ = grid.shape
    flat = grid.reshape(latents * rows * columns, -1)
    texts = run(session(exported, f"{component}/keys-and-values.onnx"), {"text": words})
    place = numpy.stack(numpy.unravel_index(numpy.arange(len(flat)), (latents, rows, columns))).astype(numpy.int64)
    inputs = texts | {
        "latent": flat[:, :4 * LATENT_CHANNELS], "condition": flat[:, 4 * LATENT_CHANNELS:], "order": numpy.arange(len(flat)),
        "group": place[0], "position": place, "text_weight": numpy.zeros(len(words), numpy.float32),
        "timestep": numpy.full(latents, timestep, numpy.float32)}
    return run(session(exported, f"{component}/transformer-dense.onnx"), inputs)["velocity"].reshape(latents, rows, columns, -1)


def transformer(exported, folder):
    recorded = load_file(os.path.join(folder, "ref", "transformer.safetensors"))
    found = velocity(exported, "transformer", recorded["hidden_states"], recorded["timestep"][0], recorded["encoder_hidden_states"][0])
    report("transformer", tokens(recorded["sample"]), found)


def zeros(model, sizes):
    for each in model.get_inputs():
        yield each.name, numpy.zeros([eval(str(size), {}, sizes) for size in each.shape], numpy.float32)  # such as "8*rows"


def chunks(exported, part, given, values, wanted, sizes):
    """Each chunk gets the caches of the one before."""
    caches, results = {}, []
    for index, value in enumerate(values):
        model = session(exported, f"vae/{part}-{'first' if index == 0 else 'later'}.onnx")
        inputs = {name: caches.get(name, zero) for name, zero in zeros(model, sizes)} | {given: value}
        outputs = run(model, inputs)
        results.append(outputs.pop(wanted))
        caches |= {name.replace("next/", "previous/", 1): value for name, value in outputs.items()}
    return results


def pipeline(exported, folder):
    """Every step of a run from a picture: the encoder's latents, both transformers, guidance, the decoder."""
    recorded = load_file(os.path.join(folder, "ref", "pipeline_i2v.safetensors"))
    states = load_file(os.path.join(folder, "ref", "text.safetensors"))["prompt_embeds"]
    config, meta, index = (read_json(folder, name) for name in ("vae/config.json", "ref/meta.json", "model_index.json"))
    mean, deviation = (numpy.array(config[key], numpy.float32).reshape(1, -1, 1, 1, 1) for key in ("latents_mean", "latents_std"))
    _, count, _, height, width = recorded["frames"].shape

    picture = numpy.asarray(Image.open(os.path.join(folder, "ref", "first.png")).convert("RGB"), numpy.float32)
    clip = numpy.zeros((count, 3, height, width), numpy.float32)
    clip[0] = picture.transpose(2, 0, 1) / 127.5 - 1
    groups = [clip[:1]] + [clip[first:first + 4] for first in range(1, count, 4)]
    sizes = {"rows": height // 16, "columns": width // 16}
    encoded = numpy.stack(chunks(exported, "encoder", "frames", groups, "latent", sizes))
    latents, rows, columns, _ = encoded.shape
    cells = encoded.reshape(latents, rows, columns, LATENT_CHANNELS, 2, 2).transpose(3, 0, 1, 4, 2, 5)
    condition = cells.reshape(1, LATENT_CHANNELS, latents, 2 * rows, 2 * columns)
    mask = numpy.zeros((1, 4) + condition.shape[2:], numpy.float32)
    mask[:, :, 0] = 1

    guidance = meta["pipeline_i2v"]["guidance_scale"]
    used = set()
    for step, timestep in enumerate(recorded["timesteps"]):
        component = "transformer" if timestep >= 1000 * index["boundary_ratio"] else "transformer_2"
        used.add(component)
        inputs = numpy.concatenate([recorded[f"step{step}.sample"], mask, condition], 1)
        found = velocity(exported, component, inputs, timestep, states[0])
        if guidance > 1:
            other = velocity(exported, component, inputs, timestep, states[1])
            found = other + guidance * (found - other)
        report(f"pipeline/{step}/{component}", tokens(recorded[f"step{step}.noise_pred"]), found)
    assert used == {"transformer", "transformer_2"}, used

    denoised = tokens((recorded["vae_input"] - mean) / deviation)
    frames = numpy.concatenate(chunks(exported, "decoder", "latent", list(denoised), "frames", sizes))
    expected = numpy.rint(recorded["frames"][0].transpose(0, 2, 3, 1) * 255)
    report("levels/decoder", expected, frames.reshape(expected.shape).astype(numpy.float64))


def read_json(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as source:
        return json.load(source)


def main(exported, folder):
    text(exported, folder)
    transformer(exported, folder)
    pipeline(exported, folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
