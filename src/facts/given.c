/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables that describe packages which were given. */
#include "given.h"

#include "tables.h"

static const struct field file_fields[] = {
	F_STR(struct given_file_fact, path, "where the package has it"),
	F_U64(struct given_file_fact, size, "in bytes"),
	F_STR(struct given_file_fact, kernel,
	      "whose modules it belongs to; null: depmod's configuration"),
	F_STR(struct given_file_fact, module, "its name; null: no module"), F_END};
static const struct record file_record = {"given_file",
					  "A file of a package that was given.",
					  sizeof(struct given_file_fact), file_fields};

static const struct field package_fields[] = {
	F_STR(struct given_package_fact, file, "as the user named it"),
	F_STR(struct given_package_fact, problem,
	      "why it could not be read; null: it was"),
	F_STR(struct given_package_fact, name, "of the package"),
	F_STR(struct given_package_fact, version, "with the release"),
	F_STR(struct given_package_fact, arch, "that it was built for"),
	F_LIST(struct given_package_fact, files, &file_record,
	       "that bring drivers to a kernel"),
	F_STRS(struct given_package_fact, others, "paths of its other files"),
	F_LIST(struct given_package_fact, kernels, &build_record,
	       "its modules against each kernel, the default one first"),
	F_LIST(struct given_package_fact, problems, &problem_record,
	       "what could not be read meanwhile"),
	F_END};
const struct record given_package_record = {
	"given_package", "A package of drivers that was given.",
	sizeof(struct given_package_fact), package_fields};
