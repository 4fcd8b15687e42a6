"""Records what diffusers' Wan pipelines make of difficult prompts before they tokenize them, and the token ids, for PromptParityTest.

    pip install -r wan-requirements.txt
    cd tests/golden; python record_prompts.py ../src/test/resources/golden/prompts/cleaned.json ../src/test/resources/golden/prompts/tokens.json
"""
import json
import sys

from diffusers.pipelines.wan.pipeline_wan import prompt_clean
from tokenizers import Tokenizer

PROMPTS = [
    "",
    " \t\r\n\u00a0\u3000 ",
    "  two   spaces\tand a tab\n",
    "one\u2028two\u2029three\u0085four\r\nfive\rsix",
    "\x1c\x1d\x1e\x1fa\x1c b",
    "\u200bzero width\u200d joiner\ufeff bom",
    "Café naïve — ½ ﬁne ﬂuﬃeﬆ ＦＵＬＬ　width",
    "Cafe\u0301 A\u030a \u1e9b\u0323",
    "Ĳsland ĳs ŉ Ǆ ǅ ǆ Ǉ ǌ Ǳ ﬅ æ œ ﬓ",
    "ｱｲｳ ﾊﾟ ￦ ￥ ﾡ ｶﾞ",
    "“double” ‘single’ „low‟ ʼn ‚low‛ 'plain' \"plain\"",
    "dash – em — ellipsis … bullet •",
    "&lt;b&gt; html &amp;amp; entity",
    "<b>bold &amp; more</b> &lt;",
    "&amp;amp;amp;amp; &amp;lt;",
    "&lt;\n&amp;lt; after",
    "a < b &eacute;\n&eacute; next line",
    "caf&eacute; &EACUTE;T&Eacute; &NTILDE; &nTILDE; &AMP; &SZLIG; &HILBERTSPACE;",
    "&notit; &notin; &not &copy &copyright &ampersand &lt&gt;",
    "&hellip;&mdash;&nbsp;&rsquo;&ldquo;&checkmark;&Jscr;&NotEqualTilde;",
    "&#65;&#x41;&#X41;&#0;&#13;&#128;&#x80;&#x81;&#150;&#xD800;&#x110000;&#99999999999;&#1;&#x0B;&#xFDD0;&#x1FFFF;",
    "&#65 &#x41 &#; &#x; &#xZ; &; &;;",
    "&#00065; &#x0000000000041;",
    "R&D, Q&A, AT&T; fish&chips;",
    "\x1b[31mred\x1b[0m \x1b[1;32mgreen",
    "bell\x07 null\x00 tab\x0b form\x0c del\x7f",
    "c1 \x80 \x93quoted\x94 \x81 \x99",
    "\u206a\u206f\ufff9\ufffb\ufffc gone, \u200e\u202a stay",
    "emoji 🦊! 👩‍🚀 🏴󠁧󠁢󠁷󠁬󠁳󠁿",
    "一只猫在雪地里奔跑，电影光线。“引号”",
    "ภาษาไทย हिन्दी العربية",
    "Å Ω K \ufb1d \u0958",
    "a\u00adb soft\u00ad hyphen",
    "100 % sure; 5 < 6 > 4 && x || y",
    "&amp\n;quot;",
    "&lt;lt;gt;&#38;lt;",
    "&#38;#65;",
]

with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump([{"prompt": prompt, "cleaned": prompt_clean(prompt)} for prompt in PROMPTS], file, indent=1)

# Token ids of the same prompts by the tokenizers library (0.23.3): of a small Wan folder's tokenizer as it is, and in the form that published
# folders have, where bytes stand in for characters outside the vocabulary.
with open("../src/test/resources/golden/wan/t2v-51/tokenizer/tokenizer.json", encoding="utf-8") as file:
    own = json.load(file)
changes = {
    "pre_tokenizer": {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True},
    "model": {"byte_fallback": True},
}
with_bytes = own | {"pre_tokenizer": changes["pre_tokenizer"], "model": own["model"] | changes["model"]}
recorded = {"folder": "t2v-51", "changes": changes}
for name, form in (("own", own), ("bytes", with_bytes)):
    tokenizer = Tokenizer.from_str(json.dumps(form))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    recorded[name] = [tokenizer.encode(prompt_clean(prompt)).ids for prompt in PROMPTS]
with open(sys.argv[2], "w", encoding="utf-8") as file:
    json.dump(recorded, file)
