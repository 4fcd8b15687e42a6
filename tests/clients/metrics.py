"""Reads Prometheus' text format with Prometheus' own parser: metrics.py URL KEY. Prints {name{label=value,…}: number} as JSON, and ends with an error when it is not well-formed."""
import json
import sys
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

url, key = sys.argv[1:]
request = urllib.request.Request(url, headers={'Authorization': f'Bearer {key}'})
with urllib.request.urlopen(request, timeout=60) as answer:
    kind = answer.headers['Content-Type']
    if not kind.startswith('text/plain; version=0.0.4'):
        sys.exit(f'type: expected text/plain; version=0.0.4, found {kind}')
    text = answer.read().decode()
samples = {}
for family in text_string_to_metric_families(text):
    if family.type == 'unknown' or not family.documentation:
        sys.exit(f'{family.name}: expected a type and a description, found {family.type}, {family.documentation!r}')
    for sample in family.samples:
        labels = ','.join(f'{name}={value}' for name, value in sorted(sample.labels.items()))
        name = sample.name + (f'{{{labels}}}' if labels else '')
        if name in samples:
            sys.exit(f'{name}: expected once, found again')
        samples[name] = sample.value
json.dump(samples, sys.stdout)
