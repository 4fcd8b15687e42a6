#!/usr/bin/env bash
# Makes the clips of docs/time-line.md by its commands, and its picture of them.
#
#   docs/images/time-line.sh [FOLDER]     some minutes; FOLDER: where the clips go, a temporary one if not given
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
clips=${1:-$(mktemp -d)}
mkdir -p "$clips"
cd "$clips"
zoetrope() { "$root/zoetrope" "$@" -f; }

prompt="a red ball moves right over the sea at night"
zoetrope render "$prompt" --seed 3 --keep-latents -o ball.mp4
zoetrope render "a yellow star moves down over the sea at sunset" --seed 7 --keep-latents -o star.mp4
zoetrope render "a red ball over the sea at night" --seed 11 --frames 1 --format png -o ball.png
zoetrope animate ball.png "$prompt" --seed 1 -o animated.mp4
zoetrope extend ball.mp4 --by 2s --seed 1 -o longer.mp4
zoetrope extend ball.mp4 --by 2s --backward --seed 1 -o before.mp4
zoetrope loop ball.mp4 --by 2s --seed 1 -o around.mp4
zoetrope loop "$prompt" --seed 1 -o endless.mp4
zoetrope connect ball.mp4 star.mp4 --seconds 3 --seed 1 -o both.mp4
zoetrope interpolate ball.mp4 --fps 16 --seed 1 -o smooth.mp4
zoetrope restyle ball.mp4 "a green ball moves right over the desert" --strength 0.95 --seed 1 -o desert.mp4
zoetrope restyle ball.mp4 "a yellow heart moves right over the sea at night" --strength 0.97 --mask "$root/docs/images/kept.png" --seed 1 -o replaced.mp4
zoetrope storyboard "$root/docs/images/shots.yaml" -o shots.mp4
zoetrope render "$prompt" --seconds 4 --key-frames 8 --seed 1 -o keys.mp4
zoetrope render "a yellow moon moves down over the sea at night" --seconds 60 --seed 5 -o minute.mp4
zoetrope sheet ball.mp4 animated.mp4 longer.mp4 before.mp4 around.mp4 endless.mp4 both.mp4 smooth.mp4 desert.mp4 replaced.mp4 shots.mp4 keys.mp4 minute.mp4 \
    --frames 12 --labels -o "$root/docs/images/time-line.png"
