/* The main of every program of bench/: each only says what it runs. Apart from the rest of the
 * harness, since the tests of that have a main of their own. */
#include "bench/harness/bench.h"

int main(int argc, char **argv)
{
    return bench_main(&bench_program, argc, argv);
}
