#!/usr/bin/env bash
# Renders clips of 10 s and of 60 s, each in a process of its own, and says the most memory (VmHWM) that each had, and their ratio: a long
# clip is made window by window and decoded as a stream, so its memory must not grow with its length. The bar is 1.10.
#
#   tests/benchmark/line_memory.sh [FOLDER]      needs Linux (/proc); about a minute on two quiet cores
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=${1:-$(mktemp -d)}
mkdir -p "$folder"
./zoetrope --version > "$folder/out" 2> "$folder/err" # builds what is to be built, so that only renders are measured

peaks=()
for seconds in 10 60; do
    ./zoetrope render "a yellow moon moves down over the sea at night" --seconds "$seconds" --seed 5 -f -o "$folder/$seconds.mp4" \
        > "$folder/out" 2> "$folder/err" &
    job=$! peak=0
    while kill -0 "$job" 2> /dev/null; do
        now=$(awk '/VmHWM/ { print $2 }' "/proc/$job/status" 2> /dev/null || true)
        peak=$((${now:-0} > peak ? ${now:-0} : peak))
        sleep 0.2
    done
    wait "$job" || { cat "$folder/err" >&2; exit 1; }
    peaks+=("$peak")
    echo "$seconds s: $((peak >> 10)) MiB"
done
awk -v short="${peaks[0]}" -v long="${peaks[1]}" 'BEGIN { printf "ratio %.3f (bar 1.10)\n", long / short; exit !(long <= 1.1 * short) }'
