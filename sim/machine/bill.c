#include "sim/machine/bill.h"

#include <stddef.h>

static const struct {
    const char *name, *text;
} places[] = {
#define PLACE(name, text) {#name, text},
    SLIP_COST_MAP(PLACE) SIM_COST_MAP(PLACE) SIM_BILL_MAP(PLACE)
#undef PLACE
};

_Static_assert(sizeof places / sizeof *places == SIM_BILL_COUNT, "a place has a name");

const char *sim_bill_name(uint32_t place)
{
    return place < SIM_BILL_COUNT ? places[place].name : NULL;
}

const char *sim_bill_text(uint32_t place)
{
    return place < SIM_BILL_COUNT ? places[place].text : NULL;
}
