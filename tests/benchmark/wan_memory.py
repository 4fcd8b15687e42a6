"""Peak memory of renders with large random Wan folders under --memory.

    python wan_memory.py [--kinds t2v,ti2v] [--size 256x256] [--frames 9] [--memory 800m] [--keep FOLDER]

Makes folders of 1.6 GB of float32 weights and more (../golden/make_wan_models.py --large) in a temporary folder, asks `zoetrope inspect --plan` for
the least budget, renders under it in a process of its own, and prints the process's peak resident memory (VmHWM, from getrusage) beside
the budget, and beside what the same render takes without one. Fails if a peak is more than 1.1 of its budget.
"""

import argparse
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def peak_mebibytes(command):
    """Runs a command; the peak of the largest of its processes."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    message = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"render: ended with {process.returncode}: {message}")
    return usage.ru_maxrss / 1024


def measure(zoetrope, model, size, frames, scratch, memory):
    request = ["--size", size, "--frames", frames, "--steps", "2"]
    if "i2v" in model.name and "ti2v" not in model.name:
        picture = ROOT / "tests/src/test/resources/golden/wan/a14b-i2v-25/ref/first.png"
        request += ["--image", str(picture)]
    budget = memory
    if budget is None:
        plan = json.loads(subprocess.check_output([*zoetrope, "inspect", str(model), "--plan", "--json", *request]))
        budget = plan["least_memory"]
    weights = sum(file.stat().st_size for file in model.rglob("*.safetensors")) / 2**20
    render = [*zoetrope, "render", "a boat", "--model", str(model), "--seed", "1", "-f", "-o", f"{scratch}/clip.mp4", *request]
    free = peak_mebibytes(render)
    limited = peak_mebibytes([*render, "--memory", budget])
    ratio = limited / float(budget.rstrip("m"))
    print(f"| {model.name} {size}, {frames} frames | {weights:.0f} | {free:.0f} | {budget.rstrip('m')} | {limited:.0f} | {ratio:.2f} |", flush=True)
    return ratio


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kinds", default="t2v,ti2v")
    parser.add_argument("--size", default="256x256")
    parser.add_argument("--frames", default="9")
    parser.add_argument("--command", default=str(ROOT / "zoetrope"), help="runs zoetrope; the launcher if not given")
    parser.add_argument("--memory", help="a budget such as 800m, instead of the least that takes no part of the model to pieces")
    parser.add_argument("--keep", help="folder for the models, used again if they are there")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(arguments.keep or scratch)
        missing = [kind for kind in arguments.kinds.split(",") if not (folder / f"{kind}-1").is_dir()]
        if missing:
            maker = ROOT / "tests/golden/make_wan_models.py"
            subprocess.check_call([sys.executable, str(maker), str(folder), "--large", "--kinds", ",".join(missing)], stdout=subprocess.DEVNULL)
        print("| render | weights, MiB | peak without a limit, MiB | budget, MiB | peak, MiB | peak / budget |\n|---|---|---|---|---|---|")
        ratios = [measure(shlex.split(arguments.command), folder / f"{kind}-1", arguments.size, arguments.frames, scratch, arguments.memory) for kind in arguments.kinds.split(",")]
    if max(ratios) > 1.1:
        sys.exit(f"peak: expected at most 1.1 of the budget, found {max(ratios):.2f}")


if __name__ == "__main__":
    main()
