"""The protocol's own Python client looks at a webhook as it came, a JSON object on standard input; prints what it takes it for."""
import json
import sys
import warnings

import openai

warnings.simplefilter('ignore', DeprecationWarning)
came = json.load(sys.stdin)
client = openai.OpenAI(base_url='http://127.0.0.1:9/v1', api_key='none')
event = client.webhooks.unwrap(came['body'], came['headers'], secret=came['secret'])
print(event.type, event.id, event.data.id)
try:
    client.webhooks.unwrap(came['body'].replace('completed', 'failed'), came['headers'], secret=came['secret'])
except openai.InvalidWebhookSignatureError:
    print('altered: refused')
