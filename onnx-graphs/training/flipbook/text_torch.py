"""The text encoder of text.py without ONNX Runtime and without tokenizers, for machines that have neither: same jar, same numbers.

The network is MiniLM with dynamic quantisation: each matrix product takes its input as uint8 with one scale per prompt, and int8
weights with one scale per column. Products of integers are exact here too, whatever computes them; sums in between are rounded in
another order, so now and then a value lands on the other side of a rounding step. tests/test_text.py says how far that goes.
"""
import json
import unicodedata
import zipfile
from collections import defaultdict

import numpy as np
import torch
import torch.nn.functional as F

from .text import MAX_TOKENS, MODEL_RESOURCE, TOKENIZER_RESOURCE, find_jar
from .transformer import TEXT_SCALE

HEADS = 12
LAYERS = 6
BATCH = 256


# ---- reading the ONNX file ------------------------------------------------------------------------------------------------
def varint(data, at):
    value, shift = 0, 0
    while True:
        byte = data[at]
        value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
        if byte < 128:
            return value, at


def fields(data):
    """Fields of a protocol-buffer message: (number, value); value is bytes, or an integer of a varint field."""
    at, end = 0, len(data)
    while at < end:
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        elif key & 7 == 2:
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
        else:
            size = 8 if key & 7 == 1 else 4
            value, at = data[at:at + size], at + size
        yield key >> 3, value


def tensor(data):
    """TensorProto (onnx.proto3: 1 dims, 2 data_type, 4 float_data, 5 int32_data, 8 name, 9 raw_data) -> name, array"""
    types = {1: np.float32, 2: np.uint8, 3: np.int8, 6: np.int32, 7: np.int64}
    parts = defaultdict(list)
    for number, value in fields(data):
        parts[number].append(value)
    kind, name = types[parts[2][0]], bytes(parts[8][0]).decode()
    sizes = []
    for value in parts[1]:
        if isinstance(value, int):
            sizes.append(value)
        else:
            at = 0
            while at < len(value):
                size, at = varint(value, at)
                sizes.append(size)
    if parts[9]:
        array = np.frombuffer(parts[9][0], kind)
    elif parts[4]:
        array = np.frombuffer(b''.join(bytes(v) for v in parts[4]), '<f4')
    else:  # int32_data, packed or not
        values = []
        for value in parts[5]:
            at = 0
            while not isinstance(value, int) and at < len(value):
                number, at = varint(value, at)
                values.append(number)
            if isinstance(value, int):
                values.append(value)
        array = np.array(values).astype(kind)
    return name, array.reshape(sizes)


def read_network(model):
    """-> initialisers by name; int8 weights and their scales by the name of their product ('layer.0/attention/self/query')"""
    graph = next(value for number, value in fields(memoryview(model)) if number == 7)
    tensors, products = {}, {}
    for number, value in fields(graph):
        if number == 5:
            name, array = tensor(value)
            tensors[name] = array
        elif number == 1:  # NodeProto: 1 input, 3 name, 4 op_type
            parts = defaultdict(list)
            for key, part in fields(value):
                if key in (1, 3, 4):
                    parts[key].append(bytes(part).decode())
            if parts[4] == ['MatMulInteger']:
                place = parts[3][0].removeprefix('/encoder/').removesuffix('/MatMul_quant')
                products[place] = parts[1][1].removesuffix('_quantized')
    return tensors, products


# ---- words ----------------------------------------------------------------------------------------------------------------
class WordPiece:
    """Lower case, no accents, words and punctuation apart, then the longest known piece first (BERT, arXiv:1810.04805)."""

    def __init__(self, tokenizer):
        self.vocabulary = json.loads(tokenizer)['model']['vocab']

    @staticmethod
    def words(text):
        text = ''.join(c for c in unicodedata.normalize('NFD', text.lower()) if unicodedata.category(c) != 'Mn')
        out = ['']
        for c in text:
            punctuation = unicodedata.category(c)[0] == 'P' or (c.isascii() and not c.isalnum() and not c.isspace())
            out += [''] if c.isspace() else [c, ''] if punctuation else []
            if not (c.isspace() or punctuation):
                out[-1] += c
        return [word for word in out if word]

    def pieces(self, word):
        out, start = [], 0
        while start < len(word):
            end = len(word)
            while end > start and ('##' if start else '') + word[start:end] not in self.vocabulary:
                end -= 1
            if end == start or len(word) > 100:
                return [self.vocabulary['[UNK]']]
            out.append(self.vocabulary[('##' if start else '') + word[start:end]])
            start = end
        return out

    def ids(self, text):
        inner = [i for word in self.words(text) for i in self.pieces(word)][:MAX_TOKENS - 2]
        return np.array([self.vocabulary['[CLS]'], *inner, self.vocabulary['[SEP]']], np.int64)


# ---- network --------------------------------------------------------------------------------------------------------------
class TorchTextEncoder:
    """As text.TextEncoder"""

    def __init__(self, jar=None, device='cpu'):
        with zipfile.ZipFile(jar or find_jar()) as archive:
            tensors, products = read_network(archive.read(MODEL_RESOURCE))
            self.tokenizer = WordPiece(archive.read(TOKENIZER_RESOURCE))
        self.device = device
        tables = {}
        for kind in ('word', 'token_type', 'position'):
            name = f'embeddings.{kind}_embeddings.weight'
            tables[kind] = torch.from_numpy(tensors[name + '_quantized']), float(tensors[name + '_scale'])
        dequantise = lambda values, scale: (values.float() - 128) * scale
        self.words, self.word_scale = tables['word'][0].to(device), tables['word'][1]
        self.places = dequantise(*tables['position']).to(device)
        self.type = dequantise(*tables['token_type'])[0].to(device)
        self.floats = {name: torch.from_numpy(array.copy()).to(device) for name, array in tensors.items() if name.endswith(('.bias', 'LayerNorm.weight'))}
        load = lambda name: torch.from_numpy(tensors[name].astype(np.float32)).to(device)
        self.products = {place: (load(name + '_quantized'), load(name + '_scale')) for place, name in products.items()}

    def ids(self, prompt):
        return self.tokenizer.ids(prompt)

    def norm(self, x, name):
        return F.layer_norm(x, x.shape[-1:], self.floats[name + '.weight'], self.floats[name + '.bias'], 1e-12)

    @staticmethod
    def quantise(x):
        """DynamicQuantizeLinear per prompt [n, tokens, width] -> integers less their zero point, scale [n, 1, 1]"""
        low, high = x.amin((1, 2), keepdim=True).clamp(max=0), x.amax((1, 2), keepdim=True).clamp(min=0)
        scale = (high - low) / 255
        zero = (-low / scale).clamp(0, 255).round()
        return ((x / scale).round() + zero).clamp(0, 255) - zero, scale

    def product(self, quantised, place):
        weight, scale = self.products[place]
        return (quantised[0] @ weight) * (quantised[1] * scale) + self.floats[f'encoder.{place.replace("/", ".")}.bias']

    def run(self, ids):
        """ids [n, tokens] -> last hidden state [n, tokens, 384]"""
        x = (self.words[ids].float() - 128) * self.word_scale + self.type + self.places[:ids.shape[1]]
        x = self.norm(x, 'embeddings.LayerNorm')
        split = lambda y: y.unflatten(-1, (HEADS, -1)).transpose(1, 2)
        for i in range(LAYERS):
            layer, taken = f'layer.{i}', self.quantise(x)
            q, k, v = (split(self.product(taken, f'{layer}/attention/self/{part}')) for part in ('query', 'key', 'value'))
            mixed = ((q @ k.transpose(-1, -2)) / q.shape[-1] ** 0.5).softmax(-1) @ v
            mixed = self.product(self.quantise(mixed.transpose(1, 2).flatten(2)), f'{layer}/attention/output/dense')
            x = self.norm(mixed + x, f'encoder.{layer}.attention.output.LayerNorm')
            wide = F.gelu(self.product(self.quantise(x), f'{layer}/intermediate/dense'))
            x = self.norm(self.product(self.quantise(wide), f'{layer}/output/dense') + x, f'encoder.{layer}.output.LayerNorm')
        return x

    @torch.no_grad()
    def all_states(self, prompts):
        """Prompts of one number of tokens together. -> states per prompt, numpy [tokens, 384]"""
        out, by_length = [None] * len(prompts), defaultdict(list)
        ids = [self.ids(prompt) for prompt in prompts]
        for i, row in enumerate(ids):
            by_length[len(row)].append(i)
        for indices in by_length.values():
            for start in range(0, len(indices), BATCH):
                part = indices[start:start + BATCH]
                states = self.run(torch.from_numpy(np.stack([ids[i] for i in part])).to(self.device)) * TEXT_SCALE
                for i, row in zip(part, states.cpu().numpy()):
                    out[i] = row
        return out

    def states(self, prompt):
        return self.all_states([prompt])[0]
