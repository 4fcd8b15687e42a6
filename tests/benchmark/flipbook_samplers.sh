#!/bin/sh
# The judge's score of flipbook's clips by every sampler at the default number of steps: the same prompts (held-out combinations) and the
# same noise, rendered by the Java runtime.
#
#   flipbook_samplers.sh JUDGE [COUNT]     JUDGE: folder that `train.py judge` wrote its networks to; COUNT: clips a sampler (24)
#
#   JAVA_HOME   a JDK 25 or newer
#   PYTHON      a Python that has onnx-graphs/training/requirements.txt
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
judge=$(cd "$1" && pwd)
clips=$root/tests/target/flipbook-samplers
mkdir -p "$clips"
cd "$root/onnx-graphs/training"
for sampler in flow-euler ddim ddpm dpm++2m unipc; do
    "${PYTHON:-python3}" -W ignore -m flipbook.scores --write-prompts "$clips/$sampler" --count "${2:-24}"
    "$root/zoetrope" batch "$clips/$sampler/prompts.jsonl" -o "$clips/$sampler" --sampler "$sampler" --force > "$clips/$sampler/batch.log" 2>&1
    echo "## $sampler"
    "${PYTHON:-python3}" -W ignore -m flipbook.scores --clips "$clips/$sampler" --judge "$judge" --threads 1
done
