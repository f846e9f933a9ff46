# Writes OUTPUT, a C file with the text of every file in FILES (a list), so that the compiler can
# put the library beside what it emits without knowing where it is installed.
set(text "#include \"hls/rtl_library.h\"\n\nconst weir_rtl_file weir_rtl_library[] = {\n")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" bytes "${hex}")
  # A string literal may be of any length for GCC; lines are broken to keep the file readable.
  string(REGEX REPLACE "((\\\\x[0-9a-f][0-9a-f]){24})" "\\1\"\n     \"" bytes "${bytes}")
  string(APPEND text "    {\"${name}\",\n     \"${bytes}\"},\n")
endforeach()
string(APPEND text "    {0, 0},\n};\n")
file(WRITE ${OUTPUT} "${text}")
