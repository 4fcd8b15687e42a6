#!/bin/sh
# Trains here and writes the results in parts: sh run.sh [options of train.py]
#
#   PRESET         gpu (default), or gpu-trial: the same road on a CPU, in a minute or two
#   PAUSE_MINUTES  stop after so long (default 9); the same command goes on, as long as this folder is there
#   OUT            folder of the results (default: results)
#   LIMIT_MIB      the checkpoint comes along if all results are smaller (default 60); the model and the logs always do
#   PYTHON         an interpreter with torch, numpy, pillow and safetensors (default: python3)
#
# To read the results: cat results.tar.gz.part-* | tar xzf -
set -u
OUT=${OUT:-results}
mkdir -p "$OUT" && OUT=$(cd "$OUT" && pwd) || exit 1
cd "$(dirname "$0")" || exit 1
python=${PYTHON:-python3}
FLIPBOOK_TEXT_JAR=$(echo "$PWD"/text/*.jar)
FLIPBOOK_EMOJI=$PWD/emoji.npz
export FLIPBOOK_TEXT_JAR FLIPBOOK_EMOJI

trap 'kill -TERM $child 2> /dev/null' TERM INT
"$python" -W ignore train.py all --preset "${PRESET:-gpu}" --folder runs --target trained --pause-minutes "${PAUSE_MINUTES:-9}" "$@" &
child=$!
wait $child
status=$?
if [ "$status" -gt 128 ]; then # a signal ended the wait, not the training
    wait $child
    status=$?
fi

newest=$(ls -t runs/*.pt 2> /dev/null | head -n 1)
if [ -z "$newest" ]; then
    echo "run.sh: nothing was trained; see above" >&2
    exit "$status"
fi
stage=$(basename "$newest" .pt)
if [ "$status" -ne 0 ]; then # paused or failed: the best so far
    "$python" -W ignore train.py export --folder runs --target trained --stage "$stage"
fi
set -- trained
for log in runs/*.jsonl; do
    [ -e "$log" ] && set -- "$@" "$log"
done
"$python" -W ignore train.py plot --folder runs && set -- "$@" runs/loss.png
if [ "$(du -cm "$@" "runs/$stage.pt" | tail -n 1 | cut -f 1)" -le "${LIMIT_MIB:-60}" ]; then
    set -- "$@" "runs/$stage.pt"
else
    echo "run.sh: the checkpoint of $stage stays here; go on elsewhere from the model: train.py ... --from trained"
fi
rm -f "$OUT"/results.tar.gz.part-* "$OUT/SHA256SUMS"
tar czf - "$@" | split -b 15728640 - "$OUT/results.tar.gz.part-"
(cd "$OUT" && sha256sum results.tar.gz.part-* > SHA256SUMS)
ls -l "$OUT"
exit "$status"
