"""From the start of a JVM to the first denoising step of the default clip: wall and CPU seconds, with the caches of native library,
model and tokenizer filled by a run that is not counted.

    JAVA_HOME=<a JDK 25> python3 tests/benchmark/first_step.py [--runs 7] [--java-option=-XX:...]

The programs are compiled into tests/target/benchmark-classes against what `./zoetrope` built.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = ROOT / 'tests/src/test/java/dev/zoetrope/benchmark'
CLASSES = ROOT / 'tests/target/benchmark-classes'
HOME = os.environ.get('JAVA_HOME')


def tool(name):
    return str(pathlib.Path(HOME) / 'bin' / name) if HOME else name


def run(command):
    """-> {part: (wall, cpu) seconds since the process was started}"""
    parts = {}
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        for line in process.stdout:
            part, cpu = line.split()
            parts[part] = (time.perf_counter() - start, float(cpu))
    if 'step' not in parts:
        raise SystemExit(f'{command[0]}: expected to reach the first step, found exit code {process.returncode} after {list(parts)}')
    return parts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--runs', type=int, default=7)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--java-option', action='append', default=[])
    options = parser.parse_args()
    subprocess.run([str(ROOT / 'zoetrope'), '--version'], check=True, stdout=subprocess.DEVNULL)  # builds what is not built yet
    class_path = (ROOT / 'cli/target/launcher/current').read_text().strip()
    CLASSES.mkdir(parents=True, exist_ok=True)
    subprocess.run([tool('javac'), '-nowarn', '-proc:none', '-d', str(CLASSES), '-cp', class_path,
                    str(SOURCES / 'FirstStep.java'), str(SOURCES / 'ProcessClock.java')], check=True)
    command = [tool('java'), '--enable-native-access=ALL-UNNAMED', *options.java_option, '-cp', f'{class_path}{os.pathsep}{CLASSES}',
               'dev.zoetrope.benchmark.FirstStep', str(options.threads)]
    run(command)
    print(f'load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {options.runs} runs')
    runs = [run(command) for _ in range(options.runs)]
    print('| up to | wall s, min / median | CPU s, min / median |')
    print('|---|---|---|')
    for part in runs[0]:
        wall, cpu = ([r[part][i] for r in runs] for i in (0, 1))
        print(f'| {part} | {min(wall):.2f} / {statistics.median(wall):.2f} | {min(cpu):.2f} / {statistics.median(cpu):.2f} |')
    print(f'load {os.getloadavg()[0]:.1f} at the end')


if __name__ == '__main__':
    main()
