# The floor check itself: a tree that keeps the rules passes, and each kind of offence is found at
# its file and line.
#   cmake -DCHECK=check_floors.cmake -DTREE=DIR -P test_check_floors.cmake
cmake_minimum_required(VERSION 3.25)

function(run_check out_status out_text)
  execute_process(COMMAND ${CMAKE_COMMAND} -DROOT=${TREE} -P ${CHECK}
                  RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)
  set(${out_status} ${status} PARENT_SCOPE)
  set(${out_text} "${text}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${TREE})
file(WRITE ${TREE}/base/config.c "#include \"base/config.h\"\n#include <libconfig.h>\n")
file(WRITE ${TREE}/base/config.h "int config[2];\n")
file(WRITE ${TREE}/models/graph.c
     "/* a; b[1] \\ */\n\n#include \"base/config.h\"\n#include <stdio.h>\n")
file(WRITE ${TREE}/cli/main.c "#include \"api/weir.h\"\n")
run_check(status text)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "a sound tree was refused:\n${text}")
endif()

file(WRITE ${TREE}/base/up.c "int a[2]; /* ; */\n\n#include \"models/graph.h\"\n")
file(WRITE ${TREE}/models/side.h "#include \"traces/trace.h\"\n")
file(WRITE ${TREE}/hls/side.c "#include \"base/config.h\"\n#  include <sim/run.h>\n")
file(WRITE ${TREE}/sim/run.cpp "\n#include \"hls/compile.h\"\n")
file(WRITE ${TREE}/api/short.c "#include <stdio.h>\n#include \"short.h\"\n")
file(WRITE ${TREE}/api/short.h "\n")
file(WRITE ${TREE}/cli/parent.c "#include \"../api/weir.h\"\n")
file(WRITE ${TREE}/report/reads.c "\n\n\n#include <libconfig.h>\n")
run_check(status text)
if(status EQUAL 0)
  message(FATAL_ERROR "a tree that breaks the rules was accepted:\n${text}")
endif()
foreach(expected
    "base/up.c:3: error: base/ includes \"models/graph.h\"; allowed: base"
    "models/side.h:1: error: models/ includes \"traces/trace.h\"; allowed: models, base"
    "hls/side.c:2: error: hls/ includes \"sim/run.h\"; allowed: hls, base, models, traces"
    "sim/run.cpp:2: error: sim/ includes \"hls/compile.h\"; allowed: sim, base, models, traces"
    "api/short.c:2: error: includes \"short.h\", must be written from the root"
    "cli/parent.c:1: error: includes \"../api/weir.h\", must be written from the root"
    "report/reads.c:4: error: includes libconfig.h, allowed only in base/config.c"
    "7 includes break the floors")
  string(FIND "${text}" "${expected}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "not found: ${expected}\nin:\n${text}")
  endif()
endforeach()
file(REMOVE_RECURSE ${TREE})
