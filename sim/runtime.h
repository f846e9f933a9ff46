/* Where the shared library of the Verilated runtime is: beside the program or library that holds
 * this code, in ../lib from there, where it was built, where it is installed; the first that
 * exists.
 */
#ifndef WEIR_SIM_RUNTIME_H
#define WEIR_SIM_RUNTIME_H

#include "base/diag.h"

bool weir_runtime_find(char path[4096], weir_diag *diag);

#endif
