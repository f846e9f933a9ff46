# Makes ${TEXT_HEADER}: the text of sim/rtl_abi.h as a C array, for the wrappers that a run generates
# where the header itself may not be installed.
file(READ ${ABI_HEADER} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n" bytes "${bytes}")
file(WRITE ${TEXT_HEADER} "static const char abi_text[] = {\n${bytes}0};\n")
