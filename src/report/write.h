/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines of a report: width, colour, evidence. */
#pragma once

#include "report.h"
#include "strbuf.h"

struct writer {
	struct strbuf *out;
	bool color;
	unsigned width;
};

struct writer writer_of(const struct report_options *o, struct strbuf *out);

/* Writes `text`, already printable, broken between words at the width; every line after
 * the first is indented. `used` columns of the first line are taken. Ends the line. */
void write_wrapped(const struct writer *w, const char *text, unsigned used,
		   unsigned indent);
/* An answer's word in its colour, filled up with blanks to `columns`. */
void write_answer(const struct writer *w, enum answer answer, unsigned columns);
void write_padded(const struct writer *w, const char *text, unsigned columns);
/* "Note: text", wrapped. */
void write_labelled(const struct writer *w, const char *label, const char *text);
/* A guest's string, escaped; "unknown" for NULL. */
void write_guest(const struct writer *w, const char *s);
/* "web01.qcow2, partition 2, /etc/fstab:3"; false when the source is empty. */
bool source_text(const struct source *s, struct strbuf *ret);
/* "Title, section (URL, read 2026-11-22)". */
void cite_text(const struct citation *c, struct strbuf *ret);

/* "boot disk", "data disk", "network", ... */
const char *role_name(const char *role);

/* The words of a command line that name the guest and its host, each behind a blank: its
 * disks, or what they were found by, and what else was said of them. */
void put_guest_words(const struct facts *f, const struct report_options *o,
		     struct strbuf *out);
/* Further words: " --on kvm:virtio-scsi". */
void put_platform_words(const char *platform, const strs *choices, struct strbuf *out);
/* A file as one word that is no option: "./-x.img". */
void put_file_word(const char *name, struct strbuf *out);

/* devices.c: one verdict, device by device; is that the better form for it? */
bool by_device(const struct verdict *v);
void write_devices(const struct writer *w, const struct facts *f,
		   const struct verdict *v);
/* text.c: the guest in a few lines: its disks and system, what it boots. */
void write_summary(const struct writer *w, const struct facts *f);
/* What could not be read; `verbose`: all of it, and remarks. */
void write_problems(const struct writer *w, const struct facts *f, bool verbose);
/* chain.c: one verdict whole. */
void write_chain(const struct writer *w, const struct verdict *v);
/* reasons.c: another kernel of the boot menu that does what the default one cannot. */
void write_fallbacks(const struct writer *w, const struct verdict *v);
/* What stands in the way, platforms with equal reasons together. */
void write_reasons(const struct writer *w, const verdict_list *verdicts);
