#define _GNU_SOURCE
#include "sim/machine/symbol.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct file {
    const unsigned char *bytes;
    size_t length;
};

static int file_open(struct file *file, const char *path)
{
    struct stat about;
    int number = open(path, O_RDONLY | O_CLOEXEC);
    if (number < 0)
        return -1;
    file->bytes = MAP_FAILED;
    if (fstat(number, &about) == 0 && about.st_size > 0) {
        file->length = (size_t)about.st_size;
        file->bytes = mmap(NULL, file->length, PROT_READ, MAP_PRIVATE, number, 0);
    }
    close(number);
    return file->bytes == MAP_FAILED ? -1 : 0;
}

/* A part of the file, or NULL where it ends before: files may be anything. */
static const void *part(const struct file *file, uint64_t offset, uint64_t bytes)
{
    if (offset > file->length || bytes > file->length - offset)
        return NULL;
    return file->bytes + offset;
}

static const ElfW(Shdr) * section(const struct file *file, uint32_t index)
{
    const ElfW(Ehdr) *head = part(file, 0, sizeof *head);
    if (head == NULL || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 || index >= head->e_shnum)
        return NULL;
    return part(file, head->e_shoff + (uint64_t)index * sizeof(ElfW(Shdr)), sizeof(ElfW(Shdr)));
}

/* The name of the object at `offset` from where the file is loaded; valid while it is mapped. */
static const char *name_in(const struct file *file, const ElfW(Shdr) * symbols, uint64_t offset)
{
    const ElfW(Shdr) *names = section(file, symbols->sh_link);
    uint64_t count = symbols->sh_size / sizeof(ElfW(Sym));
    const ElfW(Sym) *symbol = part(file, symbols->sh_offset, symbols->sh_size);
    if (names == NULL || symbol == NULL || names->sh_size == 0)
        return NULL;
    const char *text = part(file, names->sh_offset, names->sh_size);
    if (text == NULL || text[names->sh_size - 1] != 0)
        return NULL;
    for (uint64_t i = 0; i < count; i++, symbol++)
        if ((symbol->st_info & 15) == STT_OBJECT && offset >= symbol->st_value &&
            offset - symbol->st_value < symbol->st_size && symbol->st_name < names->sh_size)
            return text + symbol->st_name;
    return NULL;
}

static int describe_from_file(const char *path, const char *shown, uint64_t offset, char *text,
                              size_t text_bytes)
{
    struct file file;
    const char *name = NULL;
    if (file_open(&file, path) != 0)
        return -1;
    const ElfW(Shdr) * found;
    for (uint32_t i = 0; name == NULL && (found = section(&file, i)) != NULL; i++)
        if (found->sh_type == SHT_SYMTAB)
            name = name_in(&file, found, offset);
    if (name != NULL)
        snprintf(text, text_bytes, "'%s' of %s", name, shown);
    munmap((void *)(uintptr_t)file.bytes, file.length);
    return name == NULL ? -1 : 0;
}

void sim_symbol_describe(uint64_t address, char *text, size_t text_bytes)
{
    Dl_info info;
    struct link_map *map = NULL;
    if (dladdr1((void *)(uintptr_t)address, &info, (void **)&map, RTLD_DL_LINKMAP) == 0 ||
        map == NULL) {
        snprintf(text, text_bytes, "%#llx", (unsigned long long)address);
        return;
    }
    const char *shown = info.dli_fname != NULL ? info.dli_fname : "the program";
    /* The program itself has no name in the list, and its path may be relative. */
    const char *path = map->l_name[0] == 0 ? "/proc/self/exe" : map->l_name;
    uint64_t offset = address - map->l_addr;
    if (info.dli_sname != NULL)
        snprintf(text, text_bytes, "'%s' of %s", info.dli_sname, shown);
    else if (describe_from_file(path, shown, offset, text, text_bytes) != 0)
        snprintf(text, text_bytes, "%s+%#llx", shown, (unsigned long long)offset);
}
