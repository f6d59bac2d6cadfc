#include "prio_list.h"

#define NODE(pointer) K_CONTAINER(pointer, struct k_prio_node, node)
#define LEADER(pointer) K_CONTAINER(pointer, struct k_prio_node, leader)

void k_prio_list_init(struct k_prio_list *list)
{
    k_list_init(&list->nodes);
    k_list_init(&list->leaders);
    __atomic_store_n(&list->count, 0, __ATOMIC_RELAXED); /* k_prio_list_count may be asking */
}

void k_prio_node_init(struct k_prio_node *node)
{
    k_list_init(&node->node);
    k_list_init(&node->leader);
    node->arrival = 0;
    node->priority = 0;
}

/* The leader of the first priority below `priority`, as a link of the leaders' list. */
static struct k_list *leader_below(struct k_prio_list *list, uint32_t priority)
{
    struct k_list *link = list->leaders.next;
    while (link != &list->leaders && LEADER(link)->priority >= priority)
        link = link->next;
    return link;
}

void k_prio_list_place(struct k_prio_list *list, struct k_prio_node *node, uint32_t priority,
                       uint64_t arrival)
{
    node->priority = priority;
    node->arrival = arrival;
    struct k_list *below = leader_below(list, priority);
    struct k_list *where = below == &list->leaders ? &list->nodes : &LEADER(below)->node;
    /* Nodes mostly arrive in order: walk from the youngest of this priority. */
    while (where->prev != &list->nodes && NODE(where->prev)->priority == priority &&
           NODE(where->prev)->arrival > arrival)
        where = where->prev;
    int first_of_priority = where->prev == &list->nodes || NODE(where->prev)->priority != priority;
    if (first_of_priority) {
        struct k_prio_node *old = where == &list->nodes ? NULL : NODE(where);
        if (old != NULL && old->priority == priority) {
            k_list_insert_before(&old->leader, &node->leader);
            k_list_remove(&old->leader);
        } else {
            k_list_insert_before(below, &node->leader);
        }
    }
    k_list_insert_before(where, &node->node);
    __atomic_store_n(&list->count, list->count + 1, __ATOMIC_RELAXED);
}

void k_prio_list_take_out(struct k_prio_list *list, struct k_prio_node *node)
{
    if (!k_prio_node_linked(node))
        return;
    if (k_list_linked(&node->leader)) {
        struct k_list *after = node->node.next;
        if (after != &list->nodes && NODE(after)->priority == node->priority)
            k_list_insert_before(&node->leader, &NODE(after)->leader);
        k_list_remove(&node->leader);
    }
    k_list_remove(&node->node);
    __atomic_store_n(&list->count, list->count - 1, __ATOMIC_RELAXED);
}

void k_prio_list_cut(struct k_prio_list *list, struct k_prio_node *last, uint32_t count,
                     struct k_list *taken)
{
    struct k_list *rest = last->node.next;
    /* All leaders of a better priority go, and that of the last one's. */
    struct k_list *leader = list->leaders.next;
    while (leader != &list->leaders && LEADER(leader)->priority >= last->priority) {
        struct k_list *next = leader->next;
        k_list_remove(leader);
        leader = next;
    }
    if (rest != &list->nodes && NODE(rest)->priority == last->priority)
        k_list_insert_before(leader, &NODE(rest)->leader);
    *taken = (struct k_list){list->nodes.next, &last->node};
    taken->next->prev = taken;
    last->node.next = taken;
    list->nodes.next = rest;
    rest->prev = &list->nodes;
    __atomic_store_n(&list->count, list->count - count, __ATOMIC_RELAXED);
}

struct k_prio_node *k_prio_list_first(const struct k_prio_list *list)
{
    struct k_list *link = k_list_head(&list->nodes);
    return link == NULL ? NULL : NODE(link);
}

struct k_prio_node *k_prio_list_next(const struct k_prio_list *list, const struct k_prio_node *node)
{
    return node->node.next == &list->nodes ? NULL : NODE(node->node.next);
}
