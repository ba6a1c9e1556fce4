# SPDX-License-Identifier: LGPL-2.1-or-later
# bash completion for paravet(1)

_paravet()
{
	local cur prev words cword
	_init_completion 2>/dev/null || {
		cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} cword=$COMP_CWORD
	}

	if [ "$cword" -eq 1 ]; then
		COMPREPLY=($(compgen -W "check inspect kernel matrix module help --help --version" -- "$cur"))
		return
	fi
	case $prev in
	--on) COMPREPLY=($(compgen -W "all kvm xen vmware hyperv nitro gce kvm:virtio-blk kvm:virtio-scsi" -- "$cur")) ;;
	--backing) COMPREPLY=($(compgen -W "same-dir refuse any" -- "$cur")) ;;
	--sandbox) COMPREPLY=($(compgen -W "auto require off" -- "$cur")) ;;
	--format) COMPREPLY=($(compgen -W "text json markdown html" -- "$cur")) ;;
	--color) COMPREPLY=($(compgen -W "auto always never" -- "$cur")) ;;
	--machine) COMPREPLY=($(compgen -f -- "$cur")) ;;
	--root) COMPREPLY=($(compgen -d -- "$cur")) ;;
	*)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W "--add --root --machine --on --for --kernel --neighbour --backing --sandbox --format --color --host --verbose --help" -- "$cur"))
		else
			COMPREPLY=($(compgen -f -- "$cur"))
		fi
		;;
	esac
}
complete -o filenames -F _paravet paravet
