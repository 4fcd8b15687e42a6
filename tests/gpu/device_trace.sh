#!/usr/bin/env bash
# What the GPU does in one step, by CUPTI: builds device_trace.c, runs a command twice, with few steps and with more, and prints the
# difference by step.
#
#   tests/gpu/device_trace.sh FEW MORE COMMAND…      STEPS in the command stands for the number
#
#   PYTHON  a Python beside which pip installed nvidia-cuda-cupti and CUDA's headers; CUDA_HOME is looked at too
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
few=$1 more=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
places=$("${PYTHON:-python3}" -c 'import glob, sys; print(" ".join({f for p in sys.path for f in glob.glob(p + "/nvidia/cu*") + glob.glob(p + "/nvidia/*cupti*")}))')
places="$places ${CUDA_HOME:-/usr/local/cuda}"
first() { find $places -path "$1" 2> /dev/null | head -1 || true; } # folders that are not there count as empty
header=$(first '*/cupti_activity.h') library=$(first '*/libcupti.so*')
[[ -n $header && -n $library ]] || { echo "device_trace.sh: expected CUPTI's header and library in $places, found '$header' and '$library'" >&2; exit 1; }
newest() { grep -o "CUpti_Activity$1[0-9]*" "$header" | sort -uV | tail -1; }
toolkit=$(first '*/include/cuda.h') runtime=$(first '*/crt/host_defines.h')
"${CC:-gcc}" -O2 -Wall -shared -fPIC -pthread -I"$(dirname "$header")" -I"$(dirname "$toolkit")" -I"$(dirname "$(dirname "$runtime")")" -DKERNEL_RECORD="$(newest Kernel)" \
    -DMEMCPY_RECORD="$(newest Memcpy)" "$here/device_trace.c" -o "$work/libdevice_trace.so" -L"$(dirname "$library")" \
    -Wl,-rpath,"$(dirname "$library")" -l:"$(basename "$library")"
for steps in "$few" "$more"; do
    CUDA_INJECTION64_PATH=$work/libdevice_trace.so DEVICE_TRACE=$work/$steps.json "${@//STEPS/$steps}" > "$work/$steps.txt" 2>&1 \
        || { cat "$work/$steps.txt" >&2; exit 1; }
    [[ -s $work/$steps.json ]] || { echo "device_trace.sh: no trace was written: the command used no GPU, or injection is off" >&2; exit 1; }
done
"${PYTHON:-python3}" - "$work/$few.json" "$work/$more.json" $((more - few)) <<'PY'
import json, sys
few, more = (json.load(open(name)) for name in sys.argv[1:3])
print(json.dumps({name: (more[name] - few[name]) / int(sys.argv[3]) for name in few} | {'whole_run': more}))
PY
