/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What mends a link: the guest's own tool for its initramfs, and the platform's list. */
#include "chain.h"

#include <string.h>

#include "escape.h"
#include "form.h"
#include "limits.h"
#include "text.h"

/* {initrd}, {release} and {modules} are filled in. */
struct tool {
	const char *generator;
	const char *with;    /* to add modules */
	const char *rebuild; /* as it is */
};

static const struct tool tools[] = {
	{"initramfs-tools",
	 "add {modules} to /etc/initramfs-tools/modules, then update-initramfs -u -k "
	 "{release}",
	 "update-initramfs -u -k {release}"},
	{"dracut", "dracut --force --add-drivers \"{modules}\" {initrd} {release}",
	 "dracut --force {initrd} {release}"},
	{"mkinitcpio",
	 "add {modules} to MODULES= in /etc/mkinitcpio.conf, then mkinitcpio -P",
	 "mkinitcpio -P"},
	{"mkinitfs",
	 "name the files of {modules} in /etc/mkinitfs/features.d/paravet.modules and "
	 "paravet in features= of /etc/mkinitfs/mkinitfs.conf, then mkinitfs -o {initrd} "
	 "{release}",
	 "mkinitfs -o {initrd} {release}"},
	{"suse-mkinitrd",
	 "add {modules} to INITRD_MODULES in /etc/sysconfig/kernel, then mkinitrd",
	 "mkinitrd"},
	{"mkinitrd",
	 "mkinitrd -f, with one --preload=NAME for each of {modules}, {initrd} {release}",
	 "mkinitrd -f {initrd} {release}"},
	{"booster",
	 "add {modules} to modules: in /etc/booster.yaml, then booster build --force "
	 "--kernel-version {release} {initrd}",
	 "booster build --force --kernel-version {release} {initrd}"},
	{NULL, "rebuild {initrd} with {modules}", "rebuild {initrd}"}};

/* `text` with its holes filled by escaped values. */
static const char *fill(struct judge *j, const char *text, const struct fill *fills)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT(LIMIT_TEXT);

	form_fill(&b, text, fills, escape_text);
	return say(j, "%s", strbuf_text(&b));
}

/* The tool's sentence with `modules` for {modules}. */
static const char *rebuild(struct judge *j, const char *modules)
{
	const struct initramfs_fact *i = &j->kernel->initramfs;
	const struct tool *t = tools;
	const char *text;
	const struct fill fills[] = {
		{"initrd", i->path ? i->path : "the initramfs"},
		{"release", j->kernel->release ? j->kernel->release : "VERSION"},
		{"modules", modules},
		{NULL, NULL}};

	/* A unified kernel image is made by other programs, or other options. */
	while (t->generator &&
	       (kernel_is_unified(j->kernel) || !text_same(t->generator, i->generator)))
		t++;
	text = fill(j, *modules ? t->with : t->rebuild, fills);
	return boot_is_mapped(&j->facts->boot)
		       ? say(j, "%s, then %s", text, j->facts->boot.loader)
		       : text;
}

const char *remedy_rebuild(struct judge *j, const strs *modules)
{
	_cleanup_strbuf_ struct strbuf names = STRBUF_INIT(LIMIT_TEXT);

	for (size_t n = 0; n < modules->n; n++)
		strbuf_printf(&names, "%s%s", n ? " " : "", modules->v[n]);
	return rebuild(j, strbuf_text(&names));
}

const char *remedy_inside(struct judge *j, const char *text)
{
	static const strs none = {0};

	return say(j, "%s, then %s", text, remedy_rebuild(j, &none));
}

void remedy_add(struct judge *j, struct link *l, const strs *modules)
{
	if (!l || !modules->n)
		return;
	l->remedy = remedy_rebuild(j, modules);
	l->add_form = rebuild(j, "{modules}");
	l->add_modules = *modules;
}

/* ID_LIKE is a list of words. */
static bool is_distro(const struct os_fact *os, const strs *distros)
{
	struct slice like = slice_str(os->like ? os->like : ""), word;

	if (!distros->n || (os->id && strs_has(distros, os->id)))
		return true;
	while (text_word(&like, &word))
		for (size_t i = 0; i < distros->n; i++)
			if (slice_eq(word, distros->v[i]))
				return true;
	return false;
}

static bool is_flavour(const struct kernel_fact *k, const strs *flavours)
{
	for (size_t i = 0; k->flavour && i < flavours->n; i++)
		if (platform_glob(flavours->v[i], k->flavour))
			return true;
	return !flavours->n;
}

bool is_installed(const struct facts *f, const char *package)
{
	for (size_t i = 0; i < f->packages.n; i++)
		if (f->packages.v[i].name && f->packages.v[i].status &&
		    strcmp(f->packages.v[i].name, package) == 0 &&
		    strcmp(f->packages.v[i].status, "installed") == 0)
			return true;
	return false;
}

const char *remedy_of_platform(struct judge *j, const char *link,
			       const struct platform_driver *d, const char *module,
			       bool *ret_ready)
{
	const struct platform *p = j->platform;
	const struct fill fills[] = {
		{"module", module},
		{"release", j->kernel->release ? j->kernel->release : "VERSION"},
		{"arch", j->kernel->arch ? j->kernel->arch : "ARCH"},
		{NULL, NULL}};

	*ret_ready = false;
	for (size_t i = 0; i < p->remedies.n; i++) {
		const struct platform_remedy *r = &p->remedies.v[i];

		if (strcmp(r->mends, link) != 0 ||
		    (r->drivers.n && !strs_has(&r->drivers, d->id)) ||
		    !is_distro(&j->facts->os, &r->distros) ||
		    !is_flavour(j->kernel, &r->flavours) ||
		    (r->unless && is_installed(j->facts, fill(j, r->unless, fills))))
			continue;
		*ret_ready = r->ready_after;
		return fill(j, r->text, fills);
	}
	return NULL;
}

/* What stands in mdadm.conf for all of its names of disks. */
static const char *remedy_of_arrays(const struct name_fact *n)
{
	return text_same(n->target, "DEVICE")
		       ? "write DEVICE partitions in mdadm.conf: mdadm looks at every "
			 "disk then"
		       : "name the array by its UUID= in mdadm.conf (mdadm --detail "
			 "--scan prints the line) instead of devices=";
}

/* How a volume is to be named; *ret_hint says where that is from. */
static const char *own_word(struct judge *j, const struct name_fact *n,
			    const char **ret_hint)
{
	const struct volume_fact *v = facts_volume_of_name(j->facts, n);
	const struct volume_fact *twin = v ? facts_twin(j->facts, v, VOLUME_UUID) : NULL;

	*ret_hint = "blkid prints it";
	if (!twin)
		return "UUID=...";
	*ret_hint = say(j, "its UUID is that of %s, %s, too", plain(j, twin->disk),
			plain(j, twin->name ? twin->name : "the disk itself"));
	if (v->partuuid && !facts_twin(j->facts, v, VOLUME_PARTUUID))
		return "PARTUUID=...";
	return "a UUID=... of its own, which tune2fs -U, xfs_admin -U or swaplabel -U "
	       "gives it,";
}

/* A copy in the initramfs is made of a file of the guest's; dracut finds the words of its
 * command line by itself. */
static const char *remedy_of_copy(struct judge *j, const struct name_fact *n)
{
	static const strs none = {0};
	const char *hint, *word = own_word(j, n, &hint), *file, *set = "";

	if (text_same(n->where, "mdadm.conf"))
		return remedy_inside(j, remedy_of_arrays(n));
	if (text_same(n->where, "resume.conf")) {
		file = "/etc/initramfs-tools/conf.d/resume";
		set = "RESUME=";
	} else if (text_same(n->where, "crypttab")) {
		file = text_same(j->kernel->initramfs.generator, "mkinitcpio")
			       ? "/etc/crypttab.initramfs"
			       : "/etc/crypttab";
	} else if (n->word && slice_starts(slice_str(n->word), "ROOT=")) {
		file = "/etc/initramfs-tools/initramfs.conf";
		set = "ROOT=";
	} else {
		return remedy_rebuild(j, &none);
	}
	return remedy_inside(j, say(j, "write %s%s for %s in %s (%s)", set, word,
				    plain(j, n->spec), file, hint));
}

/* GRUB 2's menu is made anew from its own configuration: a change in the menu alone is
 * lost with the next kernel. */
static const char *remedy_of_menu(struct judge *j, const struct name_fact *n)
{
	const char *hint, *word = own_word(j, n, &hint);
	const char *settings = strcmp(word, "PARTUUID=...") == 0
				       ? "with GRUB_DISABLE_LINUX_UUID=true and "
					 "GRUB_DISABLE_LINUX_PARTUUID=false"
				       : "without GRUB_DISABLE_LINUX_UUID";

	return say(j,
		   "name it by %s (%s) in /etc/default/grub instead of %s, %s, then make "
		   "the menu anew (update-grub or grub2-mkconfig)",
		   word, hint, plain(j, n->spec), settings);
}

const char *remedy_of_name(struct judge *j, const struct name_fact *n, bool inside)
{
	bool cmdline = text_same(n->where, "root=") || text_same(n->where, "resume=");
	const char *hint, *word;

	if (inside)
		return remedy_of_copy(j, n);
	if (text_same(n->where, "mdadm.conf"))
		return remedy_of_arrays(n);
	if (cmdline && text_same(j->facts->boot.loader, "grub2"))
		return remedy_of_menu(j, n);
	word = own_word(j, n, &hint);
	return say(j, "write %s for %s there (%s)", word, plain(j, n->spec), hint);
}
