#include <criterion/criterion.h>

#include "fake_machine.h"

enum { HOLDER = 2, OTHER = 4 };

static struct fake_machine fake;
static struct k_cpu *cpu;
static char happened[16]; /* c: closed, f: freed */

static void note(char what)
{
    size_t length = 0;
    while (happened[length] != 0)
        length++;
    happened[length] = what;
}

static void close_it(struct k_cpu *on, struct k_object *object)
{
    (void)on;
    cr_assert_neq(atomic_load(&object->references), 0, "closed before it is freed");
    note('c');
}

static void free_it(struct k_cpu *on, struct k_object *object)
{
    (void)on;
    cr_assert_eq(atomic_load(&object->references), 0);
    note('f');
}

static const struct k_object_type plain = {"plain", 0, close_it, free_it};
static const struct k_object_type held = {"held", HOLDER, close_it, free_it};
static const struct k_object_type never_closed = {"never closed", 0, NULL, free_it};

static void set_up(void)
{
    fake_init(&fake, 1, 0);
    cpu = fake_cpu(&fake);
}

static void tear_down(void)
{
    fake_fini(&fake);
}

TestSuite(object, .init = set_up, .fini = tear_down);

Test(object, is_freed_with_its_last_reference)
{
    struct k_object object = {0};
    k_object_init(cpu, &object, &plain, K_RANK_PORT, NULL);
    k_object_ref(&object);
    k_object_unref(cpu, &object);
    cr_assert_str_eq(happened, "");
    k_object_unref(cpu, &object);
    cr_assert_str_eq(happened, "f", "nobody held it, so nobody closes it");
}

Test(object, is_closed_with_its_last_holder_and_freed_later)
{
    struct k_object object = {0};
    k_object_init(cpu, &object, &plain, K_RANK_PORT, NULL);
    k_object_hold(&object, 1);
    k_object_hold(&object, 1);
    k_object_release(cpu, &object, 1);
    cr_assert_str_eq(happened, "");
    k_object_release(cpu, &object, 1);
    cr_assert_str_eq(happened, "c");
    k_object_unref(cpu, &object);
    cr_assert_str_eq(happened, "cf");
}

Test(object, the_last_holder_may_be_the_last_reference)
{
    struct k_object object = {0};
    k_object_init(cpu, &object, &plain, K_RANK_PORT, NULL);
    k_object_hold(&object, 1);
    k_object_unref(cpu, &object);
    k_object_release(cpu, &object, 1);
    cr_assert_str_eq(happened, "cf");
}

Test(object, only_handles_with_the_right_to_receive_are_holders)
{
    struct k_object object = {0};
    k_object_init(cpu, &object, &held, K_RANK_PORT, NULL);
    k_object_hold(&object, OTHER);
    k_object_hold(&object, HOLDER | OTHER);
    k_object_release(cpu, &object, HOLDER | OTHER);
    cr_assert_str_eq(happened, "c", "who can only send does not keep it open");
    k_object_release(cpu, &object, OTHER);
    cr_assert_str_eq(happened, "c");
    k_object_unref(cpu, &object);
    cr_assert_str_eq(happened, "cf");
}

Test(object, a_type_need_not_close)
{
    struct k_object object = {0};
    k_object_init(cpu, &object, &never_closed, K_RANK_PORT, NULL);
    k_object_hold(&object, 1);
    k_object_release(cpu, &object, 1);
    k_object_unref(cpu, &object);
    cr_assert_str_eq(happened, "f");
}

Test(object, no_reference_is_had_of_one_that_is_gone)
{
    struct k_object object = {0};
    cr_assert(!k_object_ref_live(&object), "zeroed memory of a pool");
    k_object_init(cpu, &object, &plain, K_RANK_PORT, NULL);
    cr_assert(k_object_ref_live(&object));
    k_object_unref(cpu, &object);
    k_object_unref(cpu, &object);
    cr_assert(!k_object_ref_live(&object));
    cr_assert_str_eq(happened, "f");
}

Test(object, keeps_its_owner_until_it_is_freed)
{
    struct k_object owner = {0}, object = {0};
    k_object_init(cpu, &owner, &plain, K_RANK_PROCESS, NULL);
    k_object_init(cpu, &object, &plain, K_RANK_PORT, &owner);
    k_object_unref(cpu, &owner);
    cr_assert_str_eq(happened, "");
    k_object_unref(cpu, &object);
    cr_assert_str_eq(happened, "ff");
}

Test(object, every_one_has_a_number_of_its_own)
{
    struct k_object a = {0}, b = {0};
    k_object_init(cpu, &a, &plain, K_RANK_PORT, NULL);
    k_object_init(cpu, &b, &plain, K_RANK_PORT, NULL);
    cr_assert_neq(a.id, 0);
    cr_assert_neq(a.id, b.id);
}

Test(object, one_reference_too_few_panics)
{
    static struct k_object object;
    k_object_init(cpu, &object, &plain, K_RANK_PORT, NULL);
    k_object_unref(cpu, &object);
    cr_assert_str_eq(FAKE_PANICS(&fake, k_object_unref(cpu, &object)), "broken: before != 0");
}

Test(object, has_the_lock_of_its_last_life)
{
    struct k_object object = {0};
    k_object_init(cpu, &object, &plain, K_RANK_PORT, NULL);
    k_lock_take(cpu, &object.lock); /* by one who read a pointer to it a moment ago */
    k_object_unref(cpu, &object);
    k_object_init(cpu, &object, &plain, K_RANK_PORT, NULL);
    cr_assert(k_lock_taken(&object.lock), "it is still in there");
    k_lock_drop(cpu, &object.lock);
    k_object_unref(cpu, &object);
}
