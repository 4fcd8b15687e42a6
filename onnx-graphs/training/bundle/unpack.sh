#!/bin/sh
# Checks the parts beside this script and unpacks them: sh unpack.sh [folder]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${1:-flipbook-training}
(cd "$here" && sha256sum -c --quiet SHA256SUMS)
mkdir -p "$target"
cat "$here"/bundle.tar.gz.part-* | tar xzf - -C "$target"
echo "unpacked; now: sh $target/run.sh"
