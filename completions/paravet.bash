# SPDX-License-Identifier: LGPL-2.1-or-later
# bash completion for paravet(1)

# Lines, as names of files have blanks in them; $cur is _paravet's.
_paravet_offer() { mapfile -t COMPREPLY < <(compgen "$@" -- "$cur"); }

# The same behind the commas of a list.
_paravet_offer_list()
{
	local before=
	[[ $cur == *,* ]] && before=${cur%,*},
	mapfile -t COMPREPLY < <(compgen -P "$before" "$@" -- "${cur##*,}")
}

_paravet()
{
	local cur prev words cword command options
	local platforms='kvm xen vmware hyperv nitro gce'
	_init_completion -n : 2>/dev/null || {
		cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
		cword=$COMP_CWORD words=("${COMP_WORDS[@]}")
	}
	command=${words[1]}
	# --format=json comes in three words.
	if [[ $cur == = ]]; then
		cur=
	elif [[ $prev == = ]]; then
		prev=${words[cword - 2]}
	fi

	if [ "$cword" -eq 1 ]; then
		_paravet_offer -W 'check plan apply undo prove inspect kernel module matrix help --help --version'
		return
	fi
	case $prev in
	--on)
		options="$platforms rhel5-xen kvm:virtio-blk kvm:virtio-scsi gce:virtio-scsi gce:nvme emulated emulated:ahci"
		if [ "$command" = check ]; then
			_paravet_offer_list -W "all $options"
		else
			_paravet_offer -W "$options"
		fi
		declare -F __ltrim_colon_completions >/dev/null && __ltrim_colon_completions "$cur"
		return
		;;
	--key) _paravet_offer -W 'all:file:' ;;
	--backing) _paravet_offer -W 'same-dir refuse any' ;;
	--sandbox) _paravet_offer -W 'auto require off' ;;
	--format)
		if [ "$command" = matrix ]; then
			_paravet_offer -W 'text json markdown html'
		elif [ "$command" = plan ]; then
			_paravet_offer -W 'text json markdown'
		else
			_paravet_offer -W 'text json'
		fi
		;;
	--color) _paravet_offer -W 'auto always never' ;;
	--host) _paravet_offer -W 'auto rhel5.1/x86_64/intel rhel5.1/x86_64/amd rhel5.1/i686/intel rhel5.1/i686/amd' ;;
	--domain | -d)
		mapfile -t COMPREPLY < <(virsh --readonly --quiet list --all --name 2>/dev/null | grep -F -- "$cur")
		;;
	--connect | -c) _paravet_offer -W 'qemu:///system qemu:///session xen:///system test:///default' ;;
	--kernel | --timeout | --memory | --os) COMPREPLY=() ;;
	--disk | --output | -o | --undo | --kmod | --machine-out) _paravet_offer -f ;;
	--root | --keep-log | --xen-lab) _paravet_offer -d ;;
	help) _paravet_offer -W 'check plan apply undo prove inspect kernel module matrix' ;;
	*)
		if [[ $cur == -* ]]; then
			options='--format --color --help'
			case $command in
			matrix | undo) ;;
			*) options+=' --verbose' ;;
			esac
			case $command in
			apply | check | plan) options+=' --on --host' ;;&
			apply | plan) options+=' --kernel' ;;&
			plan) options+=' --script' ;;&
			apply | check | inspect | module | plan | prove) options+=' --add --key --domain --connect --os --machine --backing --sandbox' ;;&
			check | inspect | module | plan) options+=' --root' ;;&
			module) options+=' --for --kernel --neighbour' ;;
			kernel) options+=' --host' ;;
			apply) options+=' --output --copy --in-place --undo --dry-run --kmod --machine-out' ;;
			undo) options+=' --disk --dry-run --sandbox' ;;
			prove) options+=' --on --direct --timeout --memory --keep-log --xen-lab' ;;
			esac
			_paravet_offer -W "$options"
		elif [[ $cur == ssh://* ]]; then
			mapfile -t COMPREPLY < <(compgen -A hostname -P ssh:// -S / -- "${cur#ssh://}")
			compopt -o nospace 2>/dev/null
			declare -F __ltrim_colon_completions >/dev/null && __ltrim_colon_completions "$cur"
		elif [ "$command" = matrix ]; then
			_paravet_offer -W "$platforms rhel5-xen emulated"
		elif [ "$command" = kernel ]; then
			COMPREPLY=()
		else
			_paravet_offer -f
		fi
		;;
	esac
}
complete -o filenames -F _paravet paravet
