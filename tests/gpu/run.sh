#!/usr/bin/env bash
# On the GPU machine, in the repository: puts together what pack.sh packed, then runs doctor, tests and benchmarks, each with a time limit of
# its own, printing as it goes; what they print is kept in files.
#
#   tests/gpu/run.sh collect FOLDER...       takes over the parts in these folders; status 3 while some are missing
#   tests/gpu/run.sh [STEP...]               runs these steps, or all: doctor wan eager tests parity trace renders flipbook bf16 compile
#
#   KIT       where parts are collected and unpacked   (default: /tmp/zoetrope-gpu)
#   OUT       folder that each step's results are copied to; all are kept in KIT/results
#   SECONDS_IN_ALL   no step goes on longer            (default: 570)
#   PROVIDER  cuda, or cpu to rehearse the whole with small shapes and a kit made with a CPU library (pack.sh -l)
#   PYTHON    a Python with torch, transformers, numpy (default: python3)
set -uo pipefail
export LC_ALL=C.UTF-8

root=$(cd "$(dirname "$0")/../.." && pwd)
kit=${KIT:-/tmp/zoetrope-gpu}
out=$kit/results
python=${PYTHON:-python3}
provider=${PROVIDER:-cuda}
started=$SECONDS
mkdir -p "$kit" "$out"

say() { printf '[%3d s] %s\n' $((SECONDS - started)) "$*" | tee -a "$out/results.txt"; }
fail() { say "$*"; exit 1; }

# --- parts -------------------------------------------------------------------------------------------------------------
collect() {
    local folder missing=0 name
    for folder in "$@"; do
        name=$(basename "$folder")
        [[ -f $folder/index ]] || fail "$folder: expected a part with its index, found none"
        if [[ -f $kit/index ]] && ! cmp -s "$folder/index" "$kit/index"; then # of another kit: start over
            rm -rf "$kit"/part-* "$kit/index" "$kit/unpacked"
        fi
        cp "$folder/index" "$kit/index"
        grep -q "^$(sha256sum < "$folder/data" | cut -d' ' -f1)  $name/data" "$folder/index" || fail "$name: arrived damaged"
        mkdir -p "$kit/$name" && cp "$folder/data" "$kit/$name/data"
    done
    while read -r _ name; do
        [[ -f $kit/$name ]] || { echo "still missing: ${name%/data}"; missing=3; }
    done < "$kit/index"
    return $missing
}

unpack() {
    [[ -f $kit/unpacked/done ]] && return 0
    [[ -f $kit/index ]] || fail "$kit: expected parts, found none (run.sh collect FOLDER...)"
    (cd "$kit" && sha256sum --quiet -c index) || fail "parts are missing or damaged"
    rm -rf "$kit/unpacked" && mkdir "$kit/unpacked"
    cut -d' ' -f3 "$kit/index" | (cd "$kit" && xargs cat) | if command -v xz > /dev/null; then xz -dc -T0; else
        python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.stdin.buffer), sys.stdout.buffer, 1 << 20)'
    fi | tar -C "$kit/unpacked" --no-same-owner -xf - || fail "the archive cannot be unpacked"
    (cd "$kit/unpacked" && sha256sum --quiet -c MANIFEST) || fail "a file differs from the manifest"
    touch "$kit/unpacked/done"
    say "unpacked $(du -sm "$kit/unpacked" | cut -f1) MiB"
}

# --- what is run -------------------------------------------------------------------------------------------------------
# The CUDA libraries that pip installed, for what does not find them itself.
cuda_folders() {
    "$python" -c 'import glob, sys; print(":".join(sorted({f for p in sys.path for f in glob.glob(p + "/nvidia/*/lib")})))'
}

# step NAME SECONDS COMMAND...: standard output goes to NAME.json or NAME.txt, and with standard error to results.txt
step() {
    local name=$1 limit=$2 left=$((${SECONDS_IN_ALL:-570} - SECONDS + started)) status
    shift 2
    [[ $left -ge 5 ]] || { say "$name: not begun, no time left"; return; }
    say "$name: $*"
    timeout -k 5 $((limit < left ? limit : left)) "$@" 2>&1 > >(tee "$out/$name" | tee -a "$out/results.txt") | tee -a "$out/results.txt"
    status=${PIPESTATUS[0]}
    [[ -z ${OUT:-} ]] || { mkdir -p "$OUT" && cp "$out/$name" "$OUT/"; }
    [[ $status -eq 124 ]] && say "$name: ended after its time" || say "$name: status $status"
}

jar=$kit/unpacked/zoetrope-gpu.jar
java=(env "ZOETROPE_ORT_LIB=$kit/unpacked/ort/libonnxruntime.so" "ZOETROPE_CACHE=$kit/cache" "$kit/unpacked/java/bin/java"
    --enable-native-access=ALL-UNNAMED "-Dzoetrope.gpu.provider=$provider")
zoetrope=("${java[@]}" -cp "$jar" dev.zoetrope.cli.ZoetropeCommand)
reference=(env "PYTHONPATH=$kit/unpacked/python${PYTHONPATH:+:$PYTHONPATH}" PYTHONUNBUFFERED=1 "$python" "$root/tests/benchmark/gpu_reference.py"
    --device "$provider")
wan=$kit/wan-1.3b
if [[ $provider = cuda ]]; then
    size=() dtype=float16 peak=(--gpu --peak 989)
    shapes=(832x480x81 832x480x33 480x320x33 256x256x17 4x256x256x17 4x320x192x33 256x256x17+320x192x33+480x320x17)
    small=(128x96x33 64x64x17 4x64x64x17 8x64x64x17)
    runs=(--warm 3 --runs 7)
    renders=500
else
    size=(--layers 1) dtype=float32 peak=(--provider cpu)
    shapes=(128x64x5 2x64x64x5) small=(64x64x5 2x64x64x5) runs=(--warm 1 --runs 2) renders=12
fi

# The published sizes with random weights; beside what does not need them.
make_wan() {
    [[ -d $wan ]] || { "$python" "$root/tests/benchmark/random_wan.py" "$wan.new" --dtype float16 "${size[@]}" && mv "$wan.new" "$wan"; }
}

ratio() {
    local ours=$out/$1 theirs=$out/$2
    [[ -s $ours && -s $theirs ]] && "$python" "$root/tests/benchmark/gpu_compare.py" "$ours" "$theirs" | tee -a "$out/results.txt"
}

run() {
    case $1 in
        doctor)
            # Without the search path: whether the libraries of pip are found is part of what is tried.
            (unset LD_LIBRARY_PATH; step doctor.txt 60 "${zoetrope[@]}" doctor --provider "$provider" $([[ $provider = cuda ]] && echo --gpu))
            ;;
        wan)
            step bench-wan.json 150 "${zoetrope[@]}" bench --model "$wan" "${peak[@]}" "${runs[@]}" --json "${shapes[@]}"
            ;;
        bf16)
            step bench-wan-bf16.json 60 "${zoetrope[@]}" bench --model "$wan" "${peak[@]}" --precision bf16 "${runs[@]}" --decodes 0 --json "${shapes[0]}"
            ;;
        eager)
            step reference-wan.json 90 "${reference[@]}" --model "$wan" --dtype $dtype --modes eager "${runs[@]}" --output "$out/reference-wan.json.part" \
                "${shapes[@]}"
            ratio bench-wan.json reference-wan.json
            ;;
        compile)
            step reference-wan-compiled.json 150 "${reference[@]}" --model "$wan" --dtype $dtype --modes compile "${runs[@]}" --decodes 0 \
                --seconds 110 --output "$out/reference-wan-compiled.json.part" "${shapes[@]}"
            ratio bench-wan.json reference-wan-compiled.json
            ;;
        flipbook)
            step bench-flipbook.json 45 "${zoetrope[@]}" bench "${peak[@]}" "${runs[@]}" --json "${small[@]}"
            step reference-flipbook.json 45 "${reference[@]}" --dtype $dtype --modes eager "${runs[@]}" "${small[@]}"
            ratio bench-flipbook.json reference-flipbook.json
            ;;
        trace) # kernels, gaps and bytes copied of a step
            step trace-small.json 60 "$root/tests/gpu/device_trace.sh" 10 60 "${zoetrope[@]}" bench --model "$wan" "${peak[@]}" --decodes 0 --warm 2 --runs STEPS \
                --json 256x256x17
            step trace.json 60 "$root/tests/gpu/device_trace.sh" 2 7 "${zoetrope[@]}" bench --model "$wan" "${peak[@]}" --decodes 0 --warm 2 --runs STEPS \
                --json "${shapes[0]}"
            ;;
        tests)
            step tests.txt 150 "${java[@]}" -jar "$jar" DeviceBindingTest DevicePlacementTest DeviceLoopTest DevicePackingTest DeviceParityTest
            ;;
        parity) # the same of the published size, whose reference on the CPU takes longest
            step parity.txt 150 "${java[@]}" "-Dzoetrope.gpu.models=$wan" -jar "$jar" DevicePlacementTest DevicePackingTest DeviceParityTest
            ;;
        renders)
            step renders.txt 120 "${java[@]}" "-Dzoetrope.gpu.renders=$renders" -jar "$jar" DeviceRendersTest
            ;;
        *) fail "step: expected one of doctor wan eager tests parity trace renders flipbook bf16 compile, found $1" ;;
    esac
}

if [[ ${1:-} = collect ]]; then
    shift
    collect "$@"
    exit $?
fi
unpack
make_wan > "$kit/wan.log" 2>&1 &
making=$!
[[ $provider = cuda ]] && { nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.sm --format=csv | tee -a "$out/results.txt"; }
steps=("$@")
[[ ${#steps[@]} -gt 0 ]] || steps=(doctor wan eager tests parity trace renders flipbook bf16 compile)
for name in "${steps[@]}"; do
    case $name in wan | eager | parity | bf16 | trace | compile)
        if [[ -n $making ]]; then
            wait "$making"
            making=''
            say "$(cat "$kit/wan.log")"
        fi
        ;;
    esac
    export LD_LIBRARY_PATH=$(cuda_folders)
    run "$name"
    [[ -z ${OUT:-} ]] || cp "$out/results.txt" "$OUT/"
done
rm -f "$out"/*.part
say "done; results in $out"
[[ -z ${OUT:-} ]] || cp "$out/results.txt" "$OUT/"
