#include "sim/report/json_bill.h"

#include <math.h>
#include <stdio.h>
#include "sim/report/document.h"

/* ---- writing ------------------------------------------------------------------------------- */

static json_t *bill(const struct sim_bill_result *from)
{
    if (isnan(from->response_ns))
        return json_null();
    json_t *object = json_object(), *parts = json_object();
    for (uint32_t i = 0; i < from->part_count; i++)
        json_object_set_new(parts, from->parts[i].name, json_real(from->parts[i].ns));
    json_object_set_new(object, "response_ns", json_real(from->response_ns));
    json_object_set_new(object, "parts_ns", parts);
    return object;
}

json_t *sim_json_attribution_write(const struct sim_attribution_result *attribution)
{
    if (attribution->requests == 0)
        return json_null();
    json_t *object = json_object(), *locks = json_array();
    for (uint32_t i = 0; i < attribution->lock_count; i++) {
        json_t *lock = json_object();
        sim_document_write(lock, &attribution->locks[i], sim_document_lock);
        json_array_append_new(locks, lock);
    }
    json_object_set_new(object, "requests", json_integer((json_int_t)attribution->requests));
    json_object_set_new(object, "p50", bill(&attribution->p50));
    json_object_set_new(object, "p99", bill(&attribution->p99));
    json_object_set_new(object, "mean", bill(&attribution->mean));
    json_object_set_new(object, "locks", locks);
    return object;
}

/* ---- reading ------------------------------------------------------------------------------- */

static int expected(char *error, size_t error_bytes, const char *where, const char *what)
{
    snprintf(error, error_bytes, "attribution.%s: expected %s", where, what);
    return -1;
}

static int read_bill(const json_t *object, const char *name, struct sim_result *result,
                     struct sim_bill_result *to, char *error, size_t error_bytes)
{
    char where[96];
    json_t *from = json_object_get(object, name);
    if (from == NULL || json_is_null(from))
        return 0;
    json_t *parts = json_object_get(from, "parts_ns");
    const json_t *response = json_object_get(from, "response_ns");
    snprintf(where, sizeof where, "%s.response_ns", name);
    if (!json_is_number(response))
        return expected(error, error_bytes, where, "a number");
    snprintf(where, sizeof where, "%s.parts_ns", name);
    if (!json_is_object(parts))
        return expected(error, error_bytes, where, "an object");
    to->response_ns = json_number_value(response);
    to->parts = sim_result_take(result, (json_object_size(parts) + 1) * sizeof *to->parts);
    for (void *at = json_object_iter(parts); at != NULL; at = json_object_iter_next(parts, at)) {
        const json_t *value = json_object_iter_value(at);
        snprintf(where, sizeof where, "%s.parts_ns.%.40s", name, json_object_iter_key(at));
        if (!json_is_number(value))
            return expected(error, error_bytes, where, "a number");
        to->parts[to->part_count++] = (struct sim_part_result){
            sim_result_copy(result, json_object_iter_key(at)), json_number_value(value)};
    }
    return 0;
}

static int read_locks(const json_t *object, struct sim_result *result,
                      struct sim_attribution_result *to, char *error, size_t error_bytes)
{
    const json_t *array = json_object_get(object, "locks");
    if (array == NULL)
        return 0;
    if (!json_is_array(array))
        return expected(error, error_bytes, "locks", "an array");
    to->locks = sim_result_take(result, (json_array_size(array) + 1) * sizeof *to->locks);
    for (size_t i = 0; i < json_array_size(array); i++) {
        char where[64];
        const char *what = "an object";
        const json_t *from = json_array_get(array, i);
        struct sim_lock_result *lock = &to->locks[to->lock_count++];
        lock->name = "";
        snprintf(where, sizeof where, "locks[%zu]", i);
        if (!json_is_object(from))
            return expected(error, error_bytes, where, what);
        const char *name = sim_document_read(from, result, lock, sim_document_lock, &what);
        snprintf(where, sizeof where, "locks[%zu].%s", i, name != NULL ? name : "");
        if (name != NULL)
            return expected(error, error_bytes, where, what);
    }
    return 0;
}

int sim_json_attribution_read(const json_t *object, struct sim_result *result,
                              struct sim_attribution_result *attribution, char *error,
                              size_t error_bytes)
{
    if (object == NULL || json_is_null(object))
        return 0;
    const json_t *requests = json_object_get(object, "requests");
    if (!json_is_object(object) || !json_is_integer(requests) || json_integer_value(requests) < 0)
        return expected(error, error_bytes, "requests", "a whole number from 0");
    attribution->requests = (uint64_t)json_integer_value(requests);
    if (read_bill(object, "p50", result, &attribution->p50, error, error_bytes) != 0 ||
        read_bill(object, "p99", result, &attribution->p99, error, error_bytes) != 0 ||
        read_bill(object, "mean", result, &attribution->mean, error, error_bytes) != 0)
        return -1;
    return read_locks(object, result, attribution, error, error_bytes);
}
