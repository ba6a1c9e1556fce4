#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# JSON output follows the installed schemas, for whole and damaged guests.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires mke2fs python3
python3 -c 'import jsonschema' 2>/dev/null || skip_all 'python3-jsonschema is not installed'

cat >validate.py <<'EOF'
import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
document = json.load(open(sys.argv[2]))
jsonschema.Draft202012Validator.check_schema(schema)
jsonschema.Draft202012Validator(schema).validate(document)
assert document["format"] == 1, document["format"]
EOF

small_disk disk.img
head -c 3000000 disk.img >cut.img
truncate -s 1M zeroes.img
for disk in disk.img cut.img zeroes.img; do
	"$PARAVET" inspect --format json "$disk" >facts.json 2>err
	holds "facts of $disk" python3 validate.py "$SOURCE/schema/facts.schema.json" facts.json
	"$PARAVET" check --format json "$disk" >verdict.json 2>err
	holds "verdict on $disk" python3 validate.py "$SOURCE/schema/verdict.schema.json" verdict.json
done
"$PARAVET" inspect --format json --root tree >facts.json
holds 'facts of a directory' python3 validate.py "$SOURCE/schema/facts.schema.json" facts.json
"$PARAVET" kernel --format json kernel-smp-2.4.21-50.EL.athlon 2.6.18-53.el5 >kernel.json
holds 'kernels by name' python3 validate.py "$SOURCE/schema/kernel.schema.json" kernel.json
finish
