#!/usr/bin/env bash
# Renders forty sizes and lengths, from 16x16 px to 1920x1080 and from one frame to a minute, at 4 steps, each in a process of its own that
# may use 8 GiB, and says of each how long it took and the most memory it had, or in which line it was refused.
#
#   tests/benchmark/size_sweep.sh [FOLDER] [MAX_MINUTES] [WIDTHxHEIGHT:FRAMES...]
#
# MAX_MINUTES: a size that takes longer counts as not rendered (default 45). Of sizes that are named only those are rendered.
#
# Without guidance: it would have every step look twice, at the same tokens. Needs Linux (/proc), and hours for the largest on two cores: attention is quadratic in the tokens, 64,800 of them at 1920x1080 in 5 frames.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=${1:-$(mktemp -d)}
minutes=${2:-45}
limit_kib=$((8 << 20))
mkdir -p "$folder"

# width x height : frames (at 8 a second)
sizes=(16x16:1 16x16:16 16x16:480 24x16:9 16x40:16 32x32:1 32x32:33 33x31:7 48x32:16 40x72:16
    64x64:1 64x64:2 64x64:16 64x64:80 64x64:480 64x48:240 96x54:16 54x96:16 100x100:5 128x72:16
    72x128:16 128x128:16 160x96:16 160x90:40 192x192:9 256x144:5 144x256:5 256x256:1 320x180:5 320x240:1
    480x270:1 480x270:5 512x512:1 640x360:1 640x360:5 854x480:1 1280x720:1 1280x720:5 1920x1080:5 1080x1920:5)
if (($# > 2)); then
    sizes=("${@:3}")
fi

rendered=0
for entry in "${sizes[@]}"; do
    size=${entry%:*} frames=${entry#*:} file="$folder/$size-${entry#*:}.mp4"
    SECONDS=0 peak=0
    ./zoetrope render "a red ball moves right over the sea" --size "$size" --frames "$frames" --steps 4 --guidance 1 --seed 1 -f -o "$file" \
        > "$folder/out" 2> "$folder/err" &
    job=$!
    while kill -0 "$job" 2> /dev/null; do
        now=$(awk '/VmHWM/ { print $2 }' "/proc/$job/status" 2> /dev/null || true)
        peak=$((${now:-0} > peak ? ${now:-0} : peak))
        if ((peak > limit_kib || SECONDS > 60 * minutes)); then
            kill "$job"
        fi
        sleep 0.2
    done
    if wait "$job"; then
        rendered=$((rendered + 1))
        verdict=rendered
    else
        verdict="not rendered: $(grep zoetrope: "$folder/err" | tail -1)"
    fi
    printf '%-10s %4d frames  %6d s  %6d MiB  %s\n' "$size" "$frames" "$SECONDS" "$((peak >> 10))" "$verdict"
done
echo "$rendered of ${#sizes[@]} rendered"
