/* Doubly linked circular list, intrusive. A link that is in no list points to itself, so removing
 * is always safe and "is it in a list" is one compare. */
#ifndef K_LIST_H
#define K_LIST_H

#include <stddef.h>
#include <stdint.h>

struct k_list {
    struct k_list *next, *prev;
};

/* The struct of `type` whose `member` is at `pointer`. */
#define K_CONTAINER(pointer, type, member) ((type *)((uintptr_t)(pointer)-offsetof(type, member)))

static inline void k_list_init(struct k_list *list)
{
    list->next = list->prev = list;
}

static inline int k_list_empty(const struct k_list *list)
{
    return list->next == list;
}

static inline int k_list_linked(const struct k_list *link)
{
    return link->next != link;
}

static inline void k_list_insert_before(struct k_list *where, struct k_list *link)
{
    link->next = where;
    link->prev = where->prev;
    where->prev->next = link;
    where->prev = link;
}

static inline void k_list_push_tail(struct k_list *list, struct k_list *link)
{
    k_list_insert_before(list, link);
}

static inline void k_list_push_head(struct k_list *list, struct k_list *link)
{
    k_list_insert_before(list->next, link);
}

static inline void k_list_remove(struct k_list *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    k_list_init(link);
}

static inline struct k_list *k_list_head(const struct k_list *list)
{
    return list->next == list ? NULL : list->next;
}

static inline struct k_list *k_list_pop_head(struct k_list *list)
{
    struct k_list *link = k_list_head(list);
    if (link != NULL)
        k_list_remove(link);
    return link;
}

/* A list whose head is one word: for lines that are short of room. No tail, no order. */
struct k_chain {
    struct k_chain_link *first;
};

struct k_chain_link {
    struct k_chain_link *next;
    struct k_chain_link **place; /* what points to this one; NULL: it is in no chain */
};

static inline void k_chain_push(struct k_chain *chain, struct k_chain_link *link)
{
    link->next = chain->first;
    link->place = &chain->first;
    if (link->next != NULL)
        link->next->place = &link->next;
    chain->first = link;
}

static inline void k_chain_remove(struct k_chain_link *link)
{
    if (link->place == NULL)
        return;
    *link->place = link->next;
    if (link->next != NULL)
        link->next->place = link->place;
    link->place = NULL;
}

/* Moves all of `from` to the tail of `to`. */
static inline void k_list_append(struct k_list *to, struct k_list *from)
{
    if (k_list_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    k_list_init(from);
}

/* Moves the links from `first` to `last` to before `where`, in another list. */
static inline void k_list_move(struct k_list *first, struct k_list *last, struct k_list *where)
{
    first->prev->next = last->next;
    last->next->prev = first->prev;
    first->prev = where->prev;
    last->next = where;
    where->prev->next = first;
    where->prev = last;
}

#endif
