# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# ELF objects and kernel images, by the assembler.

# bits_of ARCH: 32 or 64, of an architecture as rpm names it.
bits_of() {
	case $1 in x86_64 | ia32e) echo 64 ;; *) echo 32 ;; esac
}

# crc_of SYMBOL -> REPLY: its CRC in the kernel that $abi names. Kernels for another
# processor or flavour have other structures, and so other CRCs.
declare -A known_crcs
crc_of() {
	local text=$abi:$1 i c hash=$((0x811c9dc5))
	REPLY=${known_crcs[$text]:-}
	[ -z "$REPLY" ] || return 0
	for ((i = 0; i < ${#text}; i++)); do
		printf -v c %d "'${text:i:1}"
		hash=$(((hash ^ c) * 16777619 & 0xffffffff))
	done
	printf -v REPLY %08x "$hash"
	known_crcs[$text]=$REPLY
}

# linked_name SYMBOL -> REPLY: as an object file names it; Linux 2.4 puts the CRC there.
linked_name() {
	crc_of "$1"
	if [ "$rhel" != 3 ]; then
		REPLY=$1
	elif [[ $abi == *smp ]]; then
		REPLY=$1_Rsmp_$REPLY
	else
		REPLY=$1_R$REPLY
	fi
}

# vermagic_of UNAME FLAVOUR -> REPLY
vermagic_of() {
	local words="" family=""
	[ "$bits" = 64 ] || family=" 686 REGPARM 4KSTACKS"
	case $rhel in
	4)
		[ "$2" = "" ] || words=" SMP"
		words+="$family gcc-3.4"
		;;
	5)
		words=" SMP mod_unload"
		[ "$2" != xen ] || words+=" Xen"
		words+="$family gcc-4.1"
		;;
	6) words=" SMP mod_unload modversions " ;;
	esac
	REPLY=$1$words
}

emit_strings() {
	local text
	for text; do printf '\t.asciz "%s"\n' "$text"; done
}

emit_modinfo() { # NAME UNAME FLAVOUR DEPENDS ALIASES
	local aliases
	read -ra aliases <<<"$5"
	echo '	.section .modinfo,"a"'
	if [ "$rhel" = 3 ]; then
		emit_strings "kernel_version=$2" using_checksums=1 license=GPL
		return
	fi
	emit_strings license=GPL "${aliases[@]/#/alias=}" "depends=$4"
	vermagic_of "$2" "$3"
	emit_strings "vermagic=$REPLY"
}

emit_versions() { # SYMBOL...
	local symbol
	[ "$rhel" != 3 ] || return 0
	echo '	.section __versions,"a"'
	for symbol; do
		crc_of "$symbol"
		printf '\t%s 0x%s\n\t.asciz "%s"\n\t.balign 64\n' "$word" "$REPLY" "$symbol"
	done
}

# The tables of what a module exports, as EXPORT_SYMBOL makes them.
emit_exports() { # SYMBOL...
	local symbol name strings=__ksymtab_strings
	[ "$rhel" != 3 ] || strings=.kstrtab
	for symbol; do
		linked_name "$symbol"
		name=$REPLY
		printf '\t.section %s,"a"\n__kstrtab_%s: .asciz "%s"\n' "$strings" "$symbol" "$name"
		printf '\t.section __ksymtab,"a"\n__ksymtab_%s: %s %s, __kstrtab_%s\n' \
			"$name" "$word" "$name" "$symbol"
		if [ "$rhel" != 3 ]; then
			crc_of "$symbol"
			printf '\t.globl __crc_%s\n\t.set __crc_%s, 0x%s\n' "$symbol" "$symbol" "$REPLY"
		fi
		printf '\t.text\n\t.globl %s\n\t.type %s, @function\n%s: ret\n' "$name" "$name" "$name"
	done
}

emit_code() { # NAME SYMBOL...
	local symbol name=$1
	shift
	printf '\t.text\n\t.globl init_module\ninit_module:\n'
	for symbol; do
		linked_name "$symbol"
		printf '\tcall %s\n' "$REPLY"
	done
	printf '\tret\n\t.globl cleanup_module\ncleanup_module: ret\n'
	[ "$rhel" = 3 ] || printf '\t.section .gnu.linkonce.this_module,"aw"\n\t.globl __this_module\n__this_module:\n\t.fill 12\n\t.asciz "%s"\n\t.balign 256\n' "$name"
}

# write_module FILE UNAME FLAVOUR DEPENDS NEEDS EXPORTS ALIASES: lists are separated by
# blanks, DEPENDS by commas. The globals rhel, bits and abi say for which kernel.
write_module() {
	local name needs exports word=.long layout=struct_module
	name=$(basename "${1%.*o}" | tr - _)
	read -ra needs <<<"$5"
	read -ra exports <<<"$6"
	[ "$bits" = 32 ] || word=.quad
	[ "$rhel" != 6 ] || layout=module_layout
	mkdir -p "$(dirname "$1")"
	{
		emit_modinfo "$name" "$2" "$3" "$4" "$7"
		emit_versions "$layout" "${needs[@]}"
		emit_exports "${exports[@]}"
		emit_code "$name" "${needs[@]}"
	} | as "--$bits" -o "$1" -
}

# write_program FILE: one that ends at once.
write_program() {
	local emulation=elf_x86_64
	[ "$bits" = 64 ] || emulation=elf_i386
	mkdir -p "$(dirname "$1")"
	if [ ! -e "$scratch_dir/program" ]; then
		printf '\t.globl _start\n_start:\n\tmov $1, %%eax\n\txor %%ebx, %%ebx\n\tint $0x80\n' |
			as "--$bits" -o "$scratch_dir/program.o" -
		ld -m "$emulation" -o "$scratch_dir/program" "$scratch_dir/program.o"
	fi
	cp "$scratch_dir/program" "$1"
}

# write_image FILE UNAME PAYLOAD: a kernel as the x86 boot protocol has it.
write_image() {
	local protocol
	case $rhel in 3 | 4) protocol=0x203 ;; 5) protocol=0x205 ;; *) protocol=0x20a ;; esac
	as --32 -o "$scratch_dir/image.o" - <<-SOURCE
		.code16
		.org 0x1f1
		.byte 4 # sectors of setup code
		.word 1
		.long (payload_end - payload) / 16
		.word 0, 0xffff, 0
		.word 0xaa55
		.byte 0xeb, setup - 0x202
		.ascii "HdrS"
		.word $protocol
		.long 0
		.word 0x1000, version - 0x200
		.byte 0, 1 # no loader yet, loaded high
		.word 0x8000
		.long 0x100000, 0, 0, 0
		.word 0, 0
		.long 0, 0x37ffffff
		.org 0x268
		setup: hlt
		version: .asciz "$2 (builder@guests) #1 SMP Tue Nov 6 12:00:00 EST 2007"
		.org 512 * 5
		payload: .incbin "$3"
		.balign 16
		payload_end:
	SOURCE
	objcopy -O binary -j .text "$scratch_dir/image.o" "$1"
}
