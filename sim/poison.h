/* Tells the address sanitizer what of our own memory may be touched; nothing elsewhere. */
#ifndef SIM_POISON_H
#define SIM_POISON_H

#include <stdint.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SIM_ADDRESS_SANITIZER 1
#endif
#if __has_feature(thread_sanitizer)
#define SIM_THREAD_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SIM_ADDRESS_SANITIZER 1
#endif
#if defined(__SANITIZE_THREAD__)
#define SIM_THREAD_SANITIZER 1
#endif

#ifndef SIM_ADDRESS_SANITIZER
#define SIM_ADDRESS_SANITIZER 0
#endif
#ifndef SIM_THREAD_SANITIZER
#define SIM_THREAD_SANITIZER 0
#endif

#if SIM_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#endif

static inline void sim_poison(uint64_t address, uint64_t bytes)
{
#if SIM_ADDRESS_SANITIZER
    __asan_poison_memory_region((void *)(uintptr_t)address, bytes);
#else
    (void)address;
    (void)bytes;
#endif
}

static inline void sim_unpoison(uint64_t address, uint64_t bytes)
{
#if SIM_ADDRESS_SANITIZER
    __asan_unpoison_memory_region((void *)(uintptr_t)address, bytes);
#else
    (void)address;
    (void)bytes;
#endif
}

#endif
