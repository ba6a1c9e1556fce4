#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Images of other machines are read over ssh, say what the same file says here, and leave no
# ssh behind.
. "$(dirname "$0")/lib.sh"
. "$HERE/small-guest.sh"
requires mke2fs qemu-img python3

sftp_server=
for program in /usr/lib/openssh/sftp-server /usr/libexec/openssh/sftp-server /usr/lib/ssh/sftp-server; do
	[ -x "$program" ] && sftp_server=$program
done
[ "$sftp_server" ] || skip_all 'OpenSSH has no sftp-server here'

# stand_in COMMAND...: what the program ssh does; it notes its arguments and process.
stand_in() {
	mkdir -p bin
	{
		echo '#!/bin/sh'
		echo "printf '%s\n' \"\$@\" >'$PWD/arguments'; echo \$\$ >>'$PWD/pids'"
		printf '%s\n' "$*"
	} >bin/ssh
	chmod +x bin/ssh
}
USUAL_PATH=$PATH
PATH=$PWD/bin:$PATH
serve="exec '$sftp_server' -R"

small_disk disk.img
qemu-img convert -O qcow2 -c disk.img disk.qcow2
stand_in "$serve"

# compare FILE: it says the same here and there.
compare() {
	"$PARAVET" inspect --format json "$1" | sed 's/"read_calls.*//' >here.json
	run "$PARAVET" inspect --format json "ssh://store$PWD/$1"
	status "$1 is read" 0
	sed "s|ssh://store$PWD/||g; s/\"read_calls.*//" out >there.json
	same "$1 says the same as here" there.json here.json
}
compare disk.img
compare disk.qcow2

run "$PARAVET" inspect "ssh://al%69ce@[fe80::1]:2222$PWD/disk%2eimg"
status 'all parts of an address are taken' 0
sed -n '/^-oControlMaster=no/,$p' arguments | tr '\n' ' ' >asked
has 'and given to ssh, behind every option' asked '-oControlMaster=no -p 2222 -l alice -s -- fe80::1 sftp '
for address in ssh://-oProxyCommand=x/d ssh://-x@store/d 'ssh://a%3bb@store/d' 'ssh://%2dx@store/d'; do
	rm -f arguments
	run "$PARAVET" inspect "$address"
	status "what ssh or a shell would take for more than a name is refused: $address" 64
	[ -e arguments ] && fail "nothing was started for $address"
done
run "$PARAVET" inspect -a "ssh://store$PWD/disk.qcow2,format=raw"
status 'a format that is given holds' 0
lacks 'and the header is no matter then' out 'Test OS 7'
run "$PARAVET" check --on kvm "ssh://store$PWD/nobody.img"
status 'a file that is not there is no input' 66
has 'which is said' err "nobody.img: no such file on the host"
run "$PARAVET" check --on kvm "ssh://store$PWD"
status 'a folder is no disk' 65
has 'which is said, too' err 'it is a directory'
qemu-img create -q -f qcow2 -b disk.img -F raw over.qcow2
run "$PARAVET" inspect "ssh://store$PWD/over.qcow2"
status 'a file behind an image is not opened there' 66
has 'it is named' err 'it needs its backing file "disk.img", and no further file may be opened here'
qemu-img convert -O vmdk disk.img disk.vmdk
run "$PARAVET" inspect "ssh://store$PWD/disk.vmdk"
status 'a VMDK image is not read there' 65
has 'what can be done instead is said' err 'is a VMDK image, and only raw and qcow2 images are read over ssh: serve the disk there with `qemu-nbd'
run "$PARAVET" inspect -a ssh://store/vm.ova,format=ova
has 'nor is a description' err 'is read from a file of this machine'
run "$PARAVET" apply --on kvm -o new.qcow2 "ssh://store$PWD/disk.img"
status 'nothing is changed there' 65
has 'a copy can be' err 'copy the disk with `scp`'
run "$PARAVET" prove --on kvm "ssh://store$PWD/disk.img"
status 'nor booted' 65
run "$PARAVET" plan --on kvm "ssh://store$PWD/disk.img"
has 'a plan is made' out 'Test OS 7'
cp disk.img 'data.img'
run "$PARAVET" inspect "ssh://store$PWD/disk.img" "ssh://other$PWD/data.img"
has 'two disks are one guest' out 'ssh://other'

# What ssh says of its failures.
stand_in 'echo "Warning: this is the store" >&2
	printf "%s\r\n" "alice@store: Permission denied (publickey)." >&2; exit 255'
run "$PARAVET" inspect ssh://store/disk.img
status 'a host that lets nobody in gives no input' 66
has 'in the words of ssh' err 'paravet: ssh://store/disk.img: ssh: alice@store: Permission denied (publickey): a key'
stand_in 'exit 255'
run "$PARAVET" inspect ssh://store/disk.img
has 'one without a word is told by its end' err 'ssh: exit status 255'
stand_in 'head -c 300000 /dev/zero | tr "\0" "x" >&2; echo >&2; echo "at last" >&2; exit 1'
run "$PARAVET" inspect ssh://store/disk.img
has 'many words do not stop it' err 'ssh: at last'
stand_in 'echo Welcome; cat >/dev/null'
run "$PARAVET" inspect ssh://store/disk.img
status 'a shell that talks is bad data' 65
has 'which is guessed' err 'a start-up file of the user'"'"'s shell there may print something'

# It may ask on the terminal.
stand_in 'stty -echo </dev/tty; printf "word: " >/dev/tty; read -r word </dev/tty; stty echo </dev/tty
	[ "$word" = sesame ] || exit 1; '"$serve"
python3 - "$PARAVET" inspect "ssh://store$PWD/disk.img" >out 2>err <<'EOF'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
seen = b""
while True:
    try:
        some = os.read(fd, 4096)
    except OSError:
        break
    if not some:
        break
    if b"word: " in some:
        os.write(fd, b"sesame\n")
    seen += some
os.waitpid(pid, 0)
sys.stdout.buffer.write(seen.replace(b"\r", b""))
EOF
has 'ssh may ask on the terminal' out 'Test OS 7'

# The ends.
cat >end.py <<'EOF'
import os, signal, subprocess, sys, time

def wait_for(what):
    for i in range(100):
        if what():
            return True
        time.sleep(0.02)

def gone(pid):  # a zombie is, too
    try:
        return not open(f"/proc/{pid}/cmdline").read()
    except OSError:
        return True

paravet = subprocess.Popen([sys.argv[1], "inspect", "ssh://store/disk.img"])
assert wait_for(lambda: os.path.exists("pids") and open("pids").read())
pid = int(open("pids").read())
time.sleep(0.1)
assert not gone(pid)
paravet.send_signal(getattr(signal, "SIG" + sys.argv[2]))
paravet.wait()
if not wait_for(lambda: gone(pid)):
    os.kill(pid, signal.SIGKILL)
    sys.exit("ssh is left")
EOF
for signal in INT TERM KILL; do
	stand_in 'exec sleep 300'
	rm -f pids
	holds "ssh ends with paravet while it signs in ($signal)" python3 end.py "$PARAVET" "$signal"
	stand_in "printf '\\0\\0\\0\\5\\2\\0\\0\\0\\3'; exec sleep 300"
	rm -f pids
	holds "ssh ends with paravet while the worker waits ($signal)" python3 end.py "$PARAVET" "$signal"
done

# OpenSSH's own programs, without a port: sshd speaks with ssh over pipes.
sshd=$(PATH=$PATH:/usr/sbin command -v sshd)
if [ ! "$sshd" ] || ! PATH=$USUAL_PATH command -v ssh >/dev/null; then
	skip 'a real sshd is asked' 'sshd or ssh is not installed'
else
	real=$(PATH=$USUAL_PATH command -v ssh)
	ssh-keygen -q -t ed25519 -N '' -f host.key
	ssh-keygen -q -t ed25519 -N '' -f user.key
	echo "store $(cut -d' ' -f1,2 host.key.pub)" >known
	printf '%s\n' "HostKey $PWD/host.key" "AuthorizedKeysFile $PWD/user.key.pub" 'StrictModes no' \
		'UsePAM no' 'PidFile none' 'Subsystem sftp internal-sftp' >sshd_config
	start="exec '$sshd' -i -f '$PWD/sshd_config' -E '$PWD/sshd.log'"
	if [ "$(id -u)" = 0 ]; then # which wants a folder of its own in /run
		start="mount -t tmpfs none /run && mkdir -m 755 /run/sshd && $start"
		printf '#!/bin/sh\nexec unshare -m sh -c "%s"\n' "$start" >sshd.sh
	else
		printf '#!/bin/sh\n%s\n' "$start" >sshd.sh
	fi
	chmod +x sshd.sh
	printf '%s\n' "ProxyCommand $PWD/sshd.sh" "UserKnownHostsFile $PWD/known" 'IdentityAgent none' \
		'GlobalKnownHostsFile none' 'IdentitiesOnly yes' 'BatchMode yes' "IdentityFile $PWD/user.key" \
		>ssh_config
	stand_in "exec '$real' -F '$PWD/ssh_config' \"\$@\""
	if ! bin/ssh store true 2>err; then
		skip 'a real sshd is asked' 'sshd does not run here'
	else
		run "$PARAVET" inspect "ssh://store$PWD/disk.qcow2"
		has 'a real sshd is asked' out 'Test OS 7'
		run "$PARAVET" inspect "ssh://elsewhere$PWD/disk.qcow2"
		status 'a host whose key is not known gives no input' 66
		has 'in the words of ssh' err 'ssh: Host key verification failed: sign in by ssh once'
		sed -i 's/^Subsystem.*//' sshd_config
		run "$PARAVET" inspect "ssh://store$PWD/disk.qcow2"
		has 'a host without SFTP says so' err 'Subsystem sftp'
	fi
fi

mkdir empty
PATH=$PWD/empty "$PARAVET" inspect ssh://store/disk.img >out 2>err
STATUS=$?
PATH=$USUAL_PATH
status 'without ssh a program is missing' 69
has 'its package is named' err 'openssh-client'
finish
