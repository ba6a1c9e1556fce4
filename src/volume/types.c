/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of partition types: for people only, nothing is decided by them. GUIDs are those
 * of the UEFI specification, Microsoft, and the UAPI group's Discoverable Partitions
 * Specification.
 */
#include <string.h>

#include "scheme.h"

static const struct {
	uint8_t type;
	const char *name;
} mbr_types[] = {
	{0x01, "FAT12"},
	{0x04, "FAT16 (small)"},
	{0x05, "Extended"},
	{0x06, "FAT16"},
	{0x07, "NTFS or exFAT"},
	{0x0b, "FAT32"},
	{0x0c, "FAT32 (LBA)"},
	{0x0e, "FAT16 (LBA)"},
	{0x0f, "Extended (LBA)"},
	{0x11, "Hidden FAT12"},
	{0x12, "Diagnostics"},
	{0x14, "Hidden FAT16 (small)"},
	{0x16, "Hidden FAT16"},
	{0x17, "Hidden NTFS"},
	{0x1b, "Hidden FAT32"},
	{0x1c, "Hidden FAT32 (LBA)"},
	{0x1e, "Hidden FAT16 (LBA)"},
	{0x27, "Windows recovery"},
	{0x41, "PowerPC PReP boot"},
	{0x42, "Windows dynamic disk"},
	{0x82, "Linux swap"},
	{0x83, "Linux"},
	{0x84, "Hibernation"},
	{0x85, "Linux extended"},
	{0x8e, "Linux LVM"},
	{0xa5, "FreeBSD"},
	{0xa6, "OpenBSD"},
	{0xa8, "macOS UFS"},
	{0xa9, "NetBSD"},
	{0xaf, "HFS"},
	{0xbe, "Solaris boot"},
	{0xbf, "Solaris"},
	{0xea, "Linux boot"},
	{0xeb, "BeOS"},
	{0xee, "GPT protective"},
	{0xef, "EFI System"},
	{0xfb, "VMware VMFS"},
	{0xfc, "VMware swap"},
	{0xfd, "Linux RAID"},
};

static const struct {
	const char *guid, *name;
} gpt_types[] = {
	{"C12A7328-F81F-11D2-BA4B-00A0C93EC93B", "EFI System"},
	{"21686148-6449-6E6F-744E-656564454649", "BIOS boot"},
	{"9E1A2D38-C612-4316-AA26-8B49521E5A8B", "PowerPC PReP boot"},
	{"024DEE41-33E7-11D3-9D69-0008C781F39F", "MBR partition scheme"},
	{"0FC63DAF-8483-4772-8E79-3D69D8477DE4", "Linux filesystem"},
	{"0657FD6D-A4AB-43C4-84E5-0933C84B4F4F", "Linux swap"},
	{"E6D6D379-F507-44C2-A23C-238F2A3DF928", "Linux LVM"},
	{"A19D880F-05FC-4D3B-A006-743F0F84911E", "Linux RAID"},
	{"933AC7E1-2EB4-4F13-B844-0E14E2AEF915", "Linux home"},
	{"BC13C2FF-59E6-4262-A352-B275FD6F7172", "Linux extended boot"},
	{"3B8F8425-20E0-4F3B-907F-1A25A76F98E8", "Linux server data"},
	{"4D21B016-B534-45C2-A9FB-5C16E091FD2D", "Linux variable data"},
	{"7EC6F557-3BC5-4ACA-B293-16EF5DF639D1", "Linux temporary data"},
	{"8DA63339-0007-60C0-C436-083AC8230908", "Linux reserved"},
	{"CA7D7CCB-63ED-4C53-861C-1742536059CC", "Linux LUKS"},
	{"7FFEC5C9-2D00-49B7-8941-3EA10A5586B7", "Linux dm-crypt"},
	{"44479540-F297-41B2-9AF7-D131D5F0458A", "Linux root (x86)"},
	{"4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709", "Linux root (x86-64)"},
	{"69DAD710-2CE4-4E3C-B16C-21A1D49ABED3", "Linux root (ARM)"},
	{"B921B045-1DF0-41C3-AF44-4C6F280D3FAE", "Linux root (ARM-64)"},
	{"C31C45E6-3F39-412E-80FB-4809C4980599", "Linux root (ppc64le)"},
	{"5EEAD9A9-FE09-4A1E-A1D7-520D00531306", "Linux root (s390x)"},
	{"75250D76-8CC6-458E-BD66-BD47CC81A812", "Linux usr (x86)"},
	{"8484680C-9521-48C6-9C11-B0720656F69E", "Linux usr (x86-64)"},
	{"B0E01050-EE5F-4390-949A-9101B17104E9", "Linux usr (ARM-64)"},
	{"E3C9E316-0B5C-4DB8-817D-F92DF00215AE", "Microsoft reserved"},
	{"EBD0A0A2-B9E5-4433-87C0-68B6B72699C7", "Microsoft basic data"},
	{"DE94BBA4-06D1-4D40-A16A-BFD50179D6AC", "Windows recovery"},
	{"5808C8AA-7E8F-42E0-85D2-E1E90434CFB3", "Windows LDM metadata"},
	{"AF9B60A0-1431-4F62-BC68-3311714A69AD", "Windows LDM data"},
	{"516E7CB4-6ECF-11D6-8FF8-00022D09712B", "FreeBSD data"},
	{"83BD6B9D-7F41-11DC-BE0B-001560B84F0F", "FreeBSD boot"},
	{"516E7CB5-6ECF-11D6-8FF8-00022D09712B", "FreeBSD swap"},
	{"516E7CB6-6ECF-11D6-8FF8-00022D09712B", "FreeBSD UFS"},
	{"516E7CBA-6ECF-11D6-8FF8-00022D09712B", "FreeBSD ZFS"},
	{"6A898CC3-1DD2-11B2-99A6-080020736631", "ZFS"},
	{"48465300-0000-11AA-AA11-00306543ECAC", "Apple HFS+"},
	{"7C3457EF-0000-11AA-AA11-00306543ECAC", "Apple APFS"},
};

const char *mbr_type_name(uint8_t type)
{
	for (size_t i = 0; i < ARRAY_LEN(mbr_types); i++)
		if (mbr_types[i].type == type)
			return mbr_types[i].name;
	return NULL;
}

const char *gpt_type_name(const char *guid)
{
	for (size_t i = 0; i < ARRAY_LEN(gpt_types); i++)
		if (strcmp(gpt_types[i].guid, guid) == 0)
			return gpt_types[i].name;
	return NULL;
}
