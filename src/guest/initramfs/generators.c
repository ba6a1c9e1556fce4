/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which program made an initramfs, told by files that only this program puts there, and
 * what that means for the loading of drivers.
 */
#include "reading.h"
#include "text.h"

static const char *const generator_names[GEN_COUNT] = {
	[GEN_INITRAMFS_TOOLS] = "initramfs-tools",
	[GEN_DRACUT] = "dracut",
	[GEN_MKINITCPIO] = "mkinitcpio",
	[GEN_MKINITFS] = "mkinitfs", /* Alpine Linux */
	[GEN_BOOSTER] = "booster",
	[GEN_MAKE_INITRD] = "make-initrd",
	[GEN_GENKERNEL] = "genkernel",
	[GEN_SUSE_MKINITRD] = "suse-mkinitrd",
	[GEN_MKINITRD] = "mkinitrd",             /* Red Hat's: known by its shell, nash */
	[GEN_TINY_INITRAMFS] = "tiny-initramfs", /* known by its list of files */
};

/* A path, or its start, that tells the generator; `version` when the rest names it. */
static const struct mark {
	enum generator generator;
	const char *path;
	bool starts, version;
} marks[] = {
	{GEN_INITRAMFS_TOOLS, "conf/initramfs.conf", false, false},
	{GEN_DRACUT, "lib/dracut/dracut-", true, true},
	{GEN_DRACUT, "lib/dracut/", true, false},
	{GEN_DRACUT, "lib/dracut-lib.sh", false, false},
	{GEN_DRACUT, "dracut-0", true, false}, /* RHEL 6: "dracut-004-409.el6" */
	{GEN_DRACUT, "dracut-", true, true},
	{GEN_MKINITCPIO, "buildconfig", false, false},
	{GEN_MKINITCPIO, "init_functions", false, false},
	/* its own program, which finds / */
	{GEN_MKINITFS, "sbin/nlplug-findfs", false, false},
	{GEN_MKINITFS, "bin/nlplug-findfs", false, false},
	{GEN_BOOSTER, "etc/booster.init.yaml", false, false},
	{GEN_MAKE_INITRD, "lib/uevent/", true, false},
	{GEN_GENKERNEL, "etc/initrd.defaults", false, false},
	{GEN_GENKERNEL, "etc/initrd.scripts", false, false},
	{GEN_SUSE_MKINITRD, "run_all.sh", false, false},
};

/* Programs that load drivers by modules.alias when the kernel announces a device, or
 * what starts them. */
static const char *const udevs[] = {
	"scripts/init-top/udev",
	"lib/systemd/systemd-udevd",
	"sbin/udevd",
	"bin/udevd",
	"lib/udev/udevd",
	"sbin/udev",
	"etc/mdev.conf",
	"sbin/nlplug-findfs", /* asks libkmod, as udev does */
	"bin/nlplug-findfs",
	"sbin/ueventd",
	"etc/booster.init.yaml",
};

static const char *const kmods[] = {"bin/kmod", "sbin/kmod"};

/* Programs that put together what / may lie on. */
static const struct {
	const char *path, *tool;
} tools[] = {
	{"sbin/lvm", "lvm"},
	{"bin/lvm", "lvm"}, /* Red Hat's mkinitrd */
	{"sbin/lvm.static", "lvm"},
	{"sbin/mdadm", "mdadm"},
	{"bin/mdadm", "mdadm"}, /* where sbin is bin: Arch Linux, Fedora 42 */
	{"sbin/cryptsetup", "cryptsetup"},
	{"bin/cryptsetup", "cryptsetup"},
	{"lib/systemd/systemd-cryptsetup", "cryptsetup"},
};

static bool is_one_of(struct slice path, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_eq(path, list[i]))
			return true;
	return false;
}

static void mark_version(struct reading *g, const struct mark *mark, struct slice path)
{
	struct slice rest;

	/* Out of memory here loses the version, which only makes the answer weaker. */
	if (mark->version && !g->clues[mark->generator].version &&
	    slice_sub(path, slice_str(mark->path).n, path.n - slice_str(mark->path).n,
		      &rest) &&
	    text_is_digit(slice_at(rest, 0)))
		g->clues[mark->generator].version = arena_strndup(g->arena, rest);
}

void generators_see(struct reading *g, struct slice path)
{
	struct slice canon = path_without_usr(path);

	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		if (marks[i].starts ? slice_starts(canon, marks[i].path)
				    : slice_eq(canon, marks[i].path)) {
			g->clues[marks[i].generator].marked = true;
			mark_version(g, &marks[i], canon);
		}
	g->udev = g->udev || is_one_of(canon, udevs, ARRAY_LEN(udevs));
	g->tool_is_kmod = g->tool_is_kmod || is_one_of(canon, kmods, ARRAY_LEN(kmods));
	/* Out of memory here loses a tool, which only makes the answer weaker. */
	for (size_t i = 0; i < ARRAY_LEN(tools); i++)
		if (slice_eq(canon, tools[i].path))
			(void)!strs_add_once(g->arena, &g->out->tools, tools[i].tool);
}

enum generator generators_which(const struct reading *g)
{
	enum generator which = 0;

	while (which < GEN_COUNT && !g->clues[which].marked)
		which++;
	return which;
}

static const char *loads(const struct reading *g)
{
	if (g->clues[GEN_MKINITRD].marked)
		return "script";
	if (g->udev && g->out->alias_index)
		return "udev";
	if (g->script)
		return "script";
	return g->out->listed.n ? "list" : "none";
}

int generators_finish(struct reading *g, struct err *e)
{
	enum generator which = generators_which(g);

	g->out->generator = "unknown";
	if (which < GEN_COUNT) {
		const struct clue *clue = &g->clues[which];

		g->out->generator = generator_names[which];
		g->out->generator_version = clue->version;
		g->out->policy = clue->policy;
		g->out->host_only = clue->host_only;
	}
	g->out->loads = loads(g);
	/* The older module-init-tools read every file of modprobe.d. */
	for (size_t i = 0; !g->tool_is_kmod && i < g->unsuffixed.n; i++)
		if (!vec_push(g->arena, &g->out->modprobe, g->unsuffixed.v[i]))
			return arena_full(g->arena, e);
	return 0;
}
