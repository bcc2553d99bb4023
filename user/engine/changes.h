/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where the engine notes what changed of its sessions; changes_view.h is how outputs read it. */
#ifndef P2PSCOPE_ENGINE_CHANGES_H
#define P2PSCOPE_ENGINE_CHANGES_H

#include "engine/changes_view.h"

struct session_state;

/* Returns 0 or -ENOMEM. */
int changes_begin(struct engine *e);
void changes_free(struct engine *e);

/* Notes a change if the session is not what it was when this was last called. */
void changes_note(struct engine *e, struct session_state *s);

/* Notes that the session is forgotten, if it was ever listed. */
void changes_note_forgotten(struct engine *e, struct session_state *s);

#endif
