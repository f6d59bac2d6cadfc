#include <slipway/status.h>

/* A switch, so that the compiler finds a number that is used twice. */
const char *slip_status_name(int32_t status)
{
    switch (status) {
#define NAME(name, number, fault, text)                                                            \
    case number:                                                                                   \
        return #name;
        SLIP_STATUS_MAP(NAME)
#undef NAME
    }
    return "UNKNOWN";
}

const char *slip_status_text(int32_t status)
{
    switch (status) {
#define TEXT(name, number, fault, text)                                                            \
    case number:                                                                                   \
        return text;
        SLIP_STATUS_MAP(TEXT)
#undef TEXT
    }
    return "no status of this version";
}

#define FAULT_NONE "none"
#define FAULT_CALLER "caller"
#define FAULT_PEER "peer"
#define FAULT_LIMIT "limit"
#define FAULT_TIME "time"
#define FAULT_STATE "state"

const char *slip_status_fault(int32_t status)
{
    switch (status) {
#define FAULT(name, number, fault, text)                                                           \
    case number:                                                                                   \
        return FAULT_##fault;
        SLIP_STATUS_MAP(FAULT)
#undef FAULT
    }
    return "none";
}
