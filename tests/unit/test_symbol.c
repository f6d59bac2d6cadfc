#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>
#include "sim/machine/symbol.h"

static int counter[4];

static const char *described(const void *memory)
{
    static char text[400];
    sim_symbol_describe((uintptr_t)memory, text, sizeof text);
    return text;
}

Test(symbol, names_static_objects_and_their_insides)
{
    cr_assert_not_null(strstr(described(&counter[0]), "'counter' of "));
    cr_assert_not_null(strstr(described((char *)counter + sizeof counter - 1), "'counter' of "));
}

Test(symbol, says_the_address_where_there_is_no_object)
{
    void *memory = calloc(1, 1);
    cr_assert_eq(strncmp(described(memory), "0x", 2), 0);
    cr_assert_eq(strncmp(described((void *)16), "0x10", 5), 0);
    free(memory);
}

Test(symbol, is_cut_where_its_room_ends)
{
    char text[8] = "";
    sim_symbol_describe((uintptr_t)counter, text, sizeof text);
    cr_assert_eq(strlen(text), 7);
}
