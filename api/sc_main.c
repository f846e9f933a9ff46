/* SystemC's library calls `sc_main` from a main function of its own. A program that uses libweir has
 * its own main and none of this; only the library's reference has to be met. A SystemC program's
 * sc_main goes before this one.
 */
int sc_main(int argc, char **argv);

__attribute__((weak, visibility("default"))) int sc_main(int argc, char **argv) {
    (void)argc;
    (void)argv;
    return 0;
}
