/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proof.h"

/* Does the outcome say something about the answer, and the same? */
enum agreement { SAYS_NOTHING, AGREES, DISAGREES };

static enum agreement compare(const struct proof_device *d)
{
	bool worked = d->outcome == OUTCOME_WORKED;

	if (d->outcome != OUTCOME_WORKED && d->outcome != OUTCOME_FAILED)
		return SAYS_NOTHING;
	switch (d->answer) {
	case ANSWER_READY:
		return worked ? AGREES : DISAGREES;
	case ANSWER_FIXABLE:
	case ANSWER_BLOCKED:
		return worked ? DISAGREES : AGREES;
	default:
		return SAYS_NOTHING;
	}
}

void proof_compare(struct proof *p)
{
	enum agreement disk = compare(&p->disk), network = compare(&p->network);

	/* A card that is seen to work proves nothing of the disk it was started from. */
	p->result = disk == DISAGREES || network == DISAGREES ? PROOF_DISPROVEN
		    : disk == AGREES                          ? PROOF_PROVEN
							      : PROOF_NONE;
}

const char *proof_result_name(enum proof_result r)
{
	static const char *const names[PROOF_RESULT_COUNT] = {"not provable", "proven",
							      "disproven"};

	return names[r < PROOF_RESULT_COUNT ? r : PROOF_NONE];
}

int proof_exit_status(const struct proof *p)
{
	return p->result == PROOF_PROVEN ? 0 : p->result == PROOF_DISPROVEN ? 1 : 3;
}
