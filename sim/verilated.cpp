/* What the Verilated runtime does when a model cannot go on. Its own answer is to end the program;
 * here the failure becomes an exception, which the model's wrapper catches and hands on as text.
 */
#include "verilated.h"
#include <stdexcept>
#include <string>

void vl_fatal(const char *file, int line, const char *, const char *message) {
    throw std::runtime_error(std::string(file ? file : "") + ":" + std::to_string(line) + ": " +
                             (message ? message : ""));
}
