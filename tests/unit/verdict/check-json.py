# SPDX-License-Identifier: LGPL-2.1-or-later
"""The JSON of verdicts fits its schema. Usage: check-json.py TEST-PROGRAM SCHEMA"""
import json
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    sys.exit(77)

program, schema_file = sys.argv[1:]
with open(schema_file, 'rb') as file:
    schema = json.load(file)
document = json.loads(subprocess.run([program], check=True, capture_output=True).stdout)
jsonschema.Draft7Validator.check_schema({k: v for k, v in schema.items() if k != '$schema'})
jsonschema.validate(document, schema)
answers = {v['platform']: v['answer'] for v in document['verdicts']}
assert answers['kvm'] == 'ready', answers
assert document['format'] == 1
document['verdicts'][0]['surprise'] = 1
try:
    jsonschema.validate(document, schema)
except jsonschema.ValidationError:
    sys.exit(0)
sys.exit('a key that the schema does not know was taken')
