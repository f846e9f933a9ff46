/* Process: names of the timing classes. */
#include "models/process.h"

const char *weir_timing_class_name(weir_timing_class timing) {
    switch (timing) {
    case WEIR_UNKNOWN:
        return "unknown";
    case WEIR_LOCKSTEP:
        return "lockstep";
    case WEIR_ELASTIC:
        return "elastic";
    case WEIR_CREDIT:
        return "credit";
    case WEIR_FRP:
        return "frp";
    }
    return "unknown";
}
