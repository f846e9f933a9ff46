/* Answers as they are made: each form is a text of its own. */
#ifndef WEIR_API_ANSWER_H
#define WEIR_API_ANSWER_H

#include "api/weir_study.h"
#include "base/text.h"

weir_answer *weir_answer_new(void);
/* A new form of this name (borrowed), to be written. At most three. */
weir_text *weir_answer_add(weir_answer *answer, const char *name);

#endif
