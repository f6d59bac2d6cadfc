#include "sim/scenario/spell.h"

#include "sim/scenario/text.h"

#define LONGEST 64U  /* letters that are compared; longer words only match as beginnings */
#define NAMES_MAX 24 /* names that one message lists */

static int lower(int c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/* '-' and '_' are the same mistake as two cases of a letter. */
static int same(int a, int b)
{
    a = a == '-' ? '_' : lower(a);
    b = b == '-' ? '_' : lower(b);
    return a == b;
}

static size_t length_of(const char *text)
{
    size_t length = 0;
    while (text[length] != 0)
        length++;
    return length;
}

static int begins(const char *name, const char *word)
{
    while (*word != 0 && same(*name, *word)) {
        name++;
        word++;
    }
    return *word == 0;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Letters to insert, drop, replace or swap with their neighbour to make one word of the other. */
static uint32_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    uint32_t rows[3][LONGEST + 1];
    uint32_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (uint32_t j = 0; j <= b_length; j++)
        above[j] = j;
    for (uint32_t i = 1; i <= a_length; i++) {
        row[0] = i;
        for (uint32_t j = 1; j <= b_length; j++) {
            uint32_t cost = same(a[i - 1], b[j - 1]) ? 0 : 1;
            row[j] = least(least(above[j] + 1, row[j - 1] + 1), above[j - 1] + cost);
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
        uint32_t *spare = before;
        before = above;
        above = row;
        row = spare;
    }
    return above[b_length];
}

static const char *only_beginning(const char *word, const char *const *names, uint32_t count)
{
    const char *found = NULL;
    for (uint32_t i = 0; i < count; i++) {
        if (!begins(names[i], word))
            continue;
        if (found != NULL)
            return NULL;
        found = names[i];
    }
    return found;
}

const char *sim_spell_nearest(const char *word, const char *const *names, uint32_t count)
{
    size_t length = length_of(word);
    if (length == 0)
        return NULL;
    const char *nearest = NULL;
    /* How much of a word may be wrong goes by its letters; of one letter nothing may. */
    size_t letters = length;
    for (const char *at = word; *at == '-'; at++)
        letters--;
    uint32_t best = letters < 2 ? 0 : letters < 3 ? 1 : least((uint32_t)(letters + 2) / 3, 4);
    for (uint32_t i = 0; i < count && length <= LONGEST; i++) {
        size_t its = length_of(names[i]);
        if (its > LONGEST)
            continue;
        uint32_t wrong = distance(word, length, names[i], its);
        if (wrong < best || (wrong == best && nearest == NULL && wrong < its)) {
            best = wrong;
            nearest = names[i];
        }
    }
    return nearest != NULL ? nearest : only_beginning(word, names, count);
}

size_t sim_spell_explain(char *out, size_t bytes, const char *word, const char *const *names,
                         uint32_t count)
{
    struct sim_text text;
    sim_text_init(&text, out, bytes);
    const char *nearest = sim_spell_nearest(word, names, count);
    if (nearest != NULL) {
        sim_text_add(&text, "did you mean '");
        sim_text_add(&text, nearest);
        sim_text_add(&text, "'? ");
    }
    sim_text_add(&text, "accepted: ");
    for (uint32_t i = 0; i < count && i < NAMES_MAX; i++) {
        if (i > 0)
            sim_text_add(&text, ", ");
        sim_text_add(&text, names[i]);
    }
    if (count == 0)
        sim_text_add(&text, "none");
    else if (count > NAMES_MAX)
        sim_text_add(&text, ", ...");
    return text.length;
}
