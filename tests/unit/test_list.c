#include <criterion/criterion.h>

#include <string.h>
#include "list.h"
#include "seeded.h"

struct item {
    int number;
    struct k_list link;
};

#define ITEM(pointer) K_CONTAINER(pointer, struct item, link)

/* The numbers in a list, forwards; checks that backwards they are the same. */
static int numbers(struct k_list *list, int found[])
{
    int count = 0, back = 0;
    for (struct k_list *link = list->next; link != list; link = link->next)
        found[count++] = ITEM(link)->number;
    for (struct k_list *link = list->prev; link != list; link = link->prev)
        cr_assert_eq(ITEM(link)->number, found[count - ++back]);
    cr_assert_eq(back, count);
    return count;
}

static void init(struct item items[], int count)
{
    for (int i = 0; i < count; i++) {
        items[i].number = i;
        k_list_init(&items[i].link);
    }
}

Test(list, a_new_one_is_empty)
{
    struct k_list list;
    k_list_init(&list);
    cr_assert(k_list_empty(&list));
    cr_assert_null(k_list_head(&list));
    cr_assert_null(k_list_pop_head(&list));
}

Test(list, keeps_the_order_of_pushes)
{
    struct k_list list;
    struct item items[4];
    int found[4];
    k_list_init(&list);
    init(items, 4);
    k_list_push_tail(&list, &items[1].link);
    k_list_push_tail(&list, &items[2].link);
    k_list_push_head(&list, &items[0].link);
    k_list_insert_before(&items[1].link, &items[3].link);
    cr_assert_eq(numbers(&list, found), 4);
    cr_assert(memcmp(found, (int[]){0, 3, 1, 2}, sizeof(found)) == 0);
    cr_assert_eq(ITEM(k_list_head(&list))->number, 0);
}

Test(list, a_link_in_no_list_may_be_removed)
{
    struct item item[1];
    init(item, 1);
    k_list_remove(&item[0].link);
    k_list_remove(&item[0].link);
    cr_assert(!k_list_linked(&item[0].link));
}

Test(list, what_was_popped_is_in_no_list)
{
    struct k_list list;
    struct item items[2];
    k_list_init(&list);
    init(items, 2);
    k_list_push_tail(&list, &items[0].link);
    k_list_push_tail(&list, &items[1].link);
    cr_assert_eq(k_list_pop_head(&list), &items[0].link);
    cr_assert(!k_list_linked(&items[0].link));
    cr_assert(k_list_linked(&items[1].link));
}

Test(list, append_moves_all_and_leaves_nothing)
{
    struct k_list to, from;
    struct item items[4];
    int found[4];
    k_list_init(&to);
    k_list_init(&from);
    init(items, 4);
    k_list_append(&to, &from);
    cr_assert(k_list_empty(&to));
    for (int i = 0; i < 4; i++)
        k_list_push_tail(i < 2 ? &to : &from, &items[i].link);
    k_list_append(&to, &from);
    cr_assert(k_list_empty(&from));
    cr_assert_eq(numbers(&to, found), 4);
    cr_assert(memcmp(found, (int[]){0, 1, 2, 3}, sizeof(found)) == 0);
    k_list_append(&from, &to);
    cr_assert(k_list_empty(&to));
    cr_assert_eq(numbers(&from, found), 4);
}

#define ITEMS 16

static void model_remove(int model[], int *count, int number)
{
    int to = 0;
    for (int i = 0; i < *count; i++)
        if (model[i] != number)
            model[to++] = model[i];
    *count = to;
}

Test(list, is_what_an_array_would_be)
{
    struct sim_random random;
    uint64_t seed = seeded(&random, "list");
    struct k_list list;
    struct item items[ITEMS];
    int model[ITEMS], found[ITEMS], count = 0;
    k_list_init(&list);
    init(items, ITEMS);
    for (int step = 0; step < 20000; step++) {
        struct item *item = &items[sim_random_below(&random, ITEMS)];
        if (k_list_linked(&item->link)) {
            k_list_remove(&item->link);
            model_remove(model, &count, item->number);
        } else if (sim_random_below(&random, 2)) {
            k_list_push_tail(&list, &item->link);
            model[count++] = item->number;
        } else {
            k_list_push_head(&list, &item->link);
            memmove(&model[1], &model[0], (size_t)count * sizeof(model[0]));
            model[0] = item->number;
            count++;
        }
        cr_assert_eq(numbers(&list, found), count, "seed %lu, step %d", seed, step);
        cr_assert(memcmp(found, model, (size_t)count * sizeof(model[0])) == 0, "seed %lu, step %d",
                  seed, step);
    }
}
