/* What a call returns, and what `weir` exits with.
 *
 * The values are the exit codes of the command line (0 fine, 1 bad input, 2 usage, 3 deadlock,
 * 4 the engines disagree, 5 the design does not fit), so that a status passes through every floor
 * unchanged. A function that fails has added at least one error to its diagnostics.
 */
#ifndef WEIR_BASE_STATUS_H
#define WEIR_BASE_STATUS_H

typedef enum weir_status {
    WEIR_OK = 0,
    WEIR_BAD_INPUT = 1,
    WEIR_USAGE = 2,
    WEIR_DEADLOCK = 3,
    WEIR_DISAGREE = 4,
    WEIR_NO_FIT = 5,
} weir_status;

#endif
