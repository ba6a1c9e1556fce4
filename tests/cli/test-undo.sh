#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# undo brings a disk back byte for byte, wherever the change or the undoing was killed, keeps off
# disks that somebody uses or changed since, and does not believe a record that came from afar.
. "$(dirname "$0")/lib.sh"
requires python3
[ -x "${COMMIT_RUN-}" ] || skip_all 'COMMIT_RUN, which changes disks, is not built'

sum() {
	sha256sum "$1" | cut -d' ' -f1
}

# unchanged NAME FILE SUM
unchanged() {
	if [ "$(sum "$2")" = "$3" ]; then pass "$1"; else fail "$1"; fi
}

# change [VARIABLE=VALUE...]: changes disk.raw in place; the record is disk.undo.
changes='5:3:1 8191:2:170 70000:300000:0 1000000:5000:zero 1200000:70000:9 2097151:1:2'
change() {
	rm -f disk.undo
	# shellcheck disable=SC2086
	run env "$@" "$COMMIT_RUN" disk.raw raw $changes -- in-place disk.undo "$PWD/disk.raw"
}

python3 -c 'import random; open("disk.raw", "wb").write(random.Random(3).randbytes(2097152))'
cp disk.raw pristine.raw
before=$(sum disk.raw)

change
status 'a disk is changed' 0
calls=$(sed -n 's/ calls$//p' err)
after=$(sum disk.raw)
[ "$before" != "$after" ] && pass 'it differs' || fail 'it differs'
run "$PARAVET" undo --dry-run disk.undo
status 'a dry run' 0
has 'it tells what differs' out "$PWD/disk.raw: can be made as it was before: 5 of 5 changed ranges differ"
unchanged 'and writes nothing' disk.raw "$after"
cat >look.py <<'EOT'
import json, os, sys
document = json.load(open("json"))
wanted = {"record": "disk.undo", "disks": [os.path.abspath("disk.raw")], "ranges": 5, "complete": True}
wanted.update(json.loads(sys.argv[1]))
for key, value in wanted.items():
    assert document["undone"][key] == value, (key, document)
try:
    import jsonschema
    jsonschema.Draft202012Validator(json.load(open(sys.argv[2]))).validate(document)
except ImportError:
    pass
EOT
# look NAME WANTED: the last output as JSON
look() {
	cp out json
	run python3 look.py "$2" "$SOURCE/schema/undo.schema.json"
	status "$1" 0
}
run "$PARAVET" undo --dry-run --format json disk.undo
look 'the same as JSON' '{"differed": 5, "restored": false}'
run "$PARAVET" undo disk.undo
status 'undo' 0
has 'it tells what was done' out "$PWD/disk.raw: is as it was before: 5 of 5 changed ranges were restored"
lacks 'the change was whole' out 'had not come to its end'
unchanged 'every byte is back' disk.raw "$before"
run "$PARAVET" undo --format json disk.undo
look 'as JSON' '{"differed": 0, "restored": true}'
run "$PARAVET" undo --sandbox require disk.undo
status 'it may be repeated' 0
has 'then there is nothing to do' out 'there is nothing to undo'

# Killed at fifty points: some write, or wait for the disk; of a write nothing, or a part.
kills=$(python3 -c "
import random
r = random.Random(50)
for _ in range(50):
    print('%d:%d' % (r.randint(1, $calls), r.choice((0, 0, 512, 700, 4096, 100000))))")
half=0 touched=0 bad=0
for kill in $kills; do
	cp pristine.raw disk.raw
	change KILL_AT="${kill%:*}" KILL_PART="${kill#*:}"
	[ "$STATUS" -eq 9 ] || bad=$((bad + 1))
	killed=$(sum disk.raw)
	run "$PARAVET" undo disk.undo
	# A record that was cut off in its header is none, and the disk was not touched.
	[ "$STATUS" -eq 0 ] || [ "$killed" = "$before" ] || bad=$((bad + 1))
	[ "$(sum disk.raw)" = "$before" ] || { echo "# killed at $kill"; bad=$((bad + 1)); }
	[ "$killed" = "$before" ] || touched=$((touched + 1))
	grep -q 'had not come to its end' out && half=$((half + 1))
done
if [ "$bad" -eq 0 ]; then pass 'killed at 50 points, every byte is back'; else
	fail "killed at 50 points, every byte is back ($bad are not)"
fi
[ "$touched" -gt 9 ] && [ "$half" -gt 9 ] && pass 'many of them left a change half made' ||
	fail "many of them left a change half made ($touched, $half)"

# The same for what undoes it.
bad=0
for kill in 1:0 1:100 2:0 2:700 3:512 4:0 5:0; do
	cp pristine.raw disk.raw
	change
	run env KILL_AT="${kill%:*}" KILL_PART="${kill#*:}" "$COMMIT_RUN" disk.raw undo disk.undo
	[ "$STATUS" -eq 9 ] || bad=$((bad + 1))
	run "$PARAVET" undo disk.undo
	[ "$(sum disk.raw)" = "$before" ] || bad=$((bad + 1))
done
[ "$bad" -eq 0 ] && pass 'an undo that was killed is repeated' || fail 'an undo that was killed is repeated'

# Two disks of one record: killed between them or anywhere else, both are as they were.
python3 -c 'import random; open("other.raw", "wb").write(random.Random(4).randbytes(1048576))'
cp other.raw pristine-other.raw
other=$(sum other.raw)
change_two() {
	cp pristine.raw disk.raw
	cp pristine-other.raw other.raw
	rm -f disk.undo
	# shellcheck disable=SC2086
	run env "$@" "$COMMIT_RUN" disk.raw raw $changes -- in-place disk.undo "$PWD/disk.raw" \
		other.raw "$PWD/other.raw" 7:9:1 400000:100000:7 1048575:1:9
}
change_two KILL_AT=0
status 'two disks are changed' 0
calls=$(sed -n 's/ calls$//p' err)
kills=$(python3 -c "
import random
r = random.Random(30)
print(*('%d:%d' % (r.randint(1, $calls), r.choice((0, 0, 700, 50000))) for _ in range(20)))")
one=0 both=0 bad=0
for kill in $kills; do
	change_two KILL_AT="${kill%:*}" KILL_PART="${kill#*:}"
	[ "$STATUS" -eq 9 ] || bad=$((bad + 1))
	changed=0
	[ "$(sum disk.raw)" = "$before" ] || changed=1
	[ "$(sum other.raw)" = "$other" ] || changed=$((changed + 1))
	[ "$changed" -ne 1 ] || one=$((one + 1))
	[ "$changed" -ne 2 ] || both=$((both + 1))
	run "$PARAVET" undo disk.undo
	[ "$STATUS" -eq 0 ] || [ "$changed" -eq 0 ] || bad=$((bad + 1))
	[ "$(sum disk.raw) $(sum other.raw)" = "$before $other" ] ||
		{ echo "# killed at $kill"; bad=$((bad + 1)); }
done
if [ "$bad" -eq 0 ]; then pass 'killed at 20 points, both disks are back'; else
	fail "killed at 20 points, both disks are back ($bad are not)"
fi
[ "$one" -gt 1 ] && [ "$both" -gt 1 ] && pass 'some left one disk changed, some both' ||
	fail "some left one disk changed, some both ($one, $both)"
bad=0
for kill in 1:0 3:100 6:0 8:700 9:0; do
	change_two KILL_AT=0
	run env KILL_AT="${kill%:*}" KILL_PART="${kill#*:}" "$COMMIT_RUN" disk.raw undo disk.undo other.raw
	[ "$STATUS" -eq 9 ] || bad=$((bad + 1))
	run "$PARAVET" undo disk.undo
	[ "$(sum disk.raw) $(sum other.raw)" = "$before $other" ] || bad=$((bad + 1))
done
[ "$bad" -eq 0 ] && pass 'an undo of two that was killed is repeated' ||
	fail 'an undo of two that was killed is repeated'
cp pristine.raw disk.raw

change KILL_AT=2
run "$PARAVET" undo disk.undo
status 'of an unfinished record nothing is to be undone' 0
has 'it says so' out 'disk.undo: the undo record was not finished, so nothing was changed'

# Somebody else's byte: nothing is written.
cp pristine.raw disk.raw
change
printf X | dd of=disk.raw bs=1 seek=70001 conv=notrunc status=none
foreign=$(sum disk.raw)
run "$PARAVET" undo disk.undo
status 'a disk that was changed since is left alone' 65
has 'it is told where' err 'the first at byte 69632'
unchanged 'nothing was written' disk.raw "$foreign"
truncate -s 2097664 disk.raw
run "$PARAVET" undo disk.undo
status 'so is one of another size' 65
has 'the sizes are told' err '2097664 bytes'

# Which disk?
cp pristine.raw disk.raw
change
mkdir elsewhere
cp disk.undo elsewhere/other.undo
run "$PARAVET" undo elsewhere/other.undo
status 'a record does not name a disk in another folder' 66
has 'the way out is told' err "--disk $PWD/disk.raw"
unchanged 'nothing was written' disk.raw "$after"
run "$PARAVET" undo --disk disk.raw elsewhere/other.undo
status 'the user does' 0
unchanged 'and it is restored' disk.raw "$before"
change
cp disk.raw copy.raw
mv copy.raw disk.raw
run "$PARAVET" undo disk.undo
status 'another file of that name is not taken for the disk' 66
has 'the way out is told' err 'name it with --disk'
run "$PARAVET" undo --disk disk.raw disk.undo
status 'unless the user says so' 0
unchanged 'then it is restored' disk.raw "$before"
change
mv disk.raw elsewhere/moved.raw
ln -s elsewhere/moved.raw disk.raw
run "$PARAVET" undo disk.undo
status 'a link is not followed into another folder' 66
rm disk.raw
run "$PARAVET" undo disk.undo
status 'a disk that is gone is named' 66
has 'by its path' err "$PWD/disk.raw: No such file"
# To open one is an error of its own: it tells that nobody looked before.
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("disk.raw")'
run "$PARAVET" undo disk.undo
status 'what is no disk is not opened' 66
has 'but seen' err "$PWD/disk.raw: it is a socket"
rm disk.raw
mv elsewhere/moved.raw disk.raw

# Damaged and strange records.
cp disk.undo good.undo
for damage in 20 30 62 1030 2050 9000; do
	cp good.undo disk.undo
	printf '\377' | dd of=disk.undo bs=1 seek=$damage conv=notrunc status=none
	run "$PARAVET" undo disk.undo
	[ "$STATUS" -eq 65 ] || [ "$STATUS" -eq 66 ] && pass "damage at byte $damage is noticed" ||
		fail "damage at byte $damage is noticed"
done
head -c 20000 good.undo >disk.undo
run "$PARAVET" undo disk.undo
status 'a record that is cut off is noticed' 65
has 'and named' err 'disk.undo: the undo record is cut off'
run "$PARAVET" undo pristine.raw
status 'another file is no record' 65
has 'it is named' err 'is no undo record'
run "$PARAVET" undo absent.undo
status 'a record that is not there is named' 66
unchanged 'none of them changed the disk' disk.raw "$after"
cp good.undo disk.undo

run "$PARAVET" undo
status 'a record is needed' 64
has 'it is asked for' err 'which record?'
run "$PARAVET" undo disk.undo good.undo
status 'one at a time' 64
run "$PARAVET" undo --on kvm disk.undo
status 'options of other commands are none of this one' 64
run "$PARAVET" check --dry-run disk.raw
status 'nor the reverse' 64

if command -v qemu-io >/dev/null; then
	mkfifo hold
	qemu-io -f raw disk.raw <hold >qemu.out 2>&1 &
	exec 9>hold
	echo 'read 0 512' >&9
	until grep -q 'read 512' qemu.out; do sleep 0.1; done
	run "$PARAVET" undo disk.undo
	status 'a disk that QEMU has open is not touched' 66
	has 'and it is said why' err 'another process has it open'
	unchanged 'nothing was written' disk.raw "$after"
	run env "$COMMIT_RUN" disk.raw raw 5:5:5 -- in-place new.undo /disk.raw
	has 'nor is it changed in place' err 'another process has it open'
	unchanged 'nothing was written' disk.raw "$after"
	exec 9>&-
	wait
	run "$PARAVET" undo disk.undo
	status 'when QEMU is gone, it is' 0
	unchanged 'every byte is back' disk.raw "$before"
else
	skip 'a disk that QEMU has open' 'qemu-io is not installed'
fi
finish
