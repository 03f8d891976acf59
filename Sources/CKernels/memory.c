#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>

#include "common.h"

void *ck_allocate(size_t bytes) {
  // A page fault per 4 KiB of fresh memory costs more than the arithmetic on it.
  const size_t hugePage = (size_t)2 << 20;
  size_t alignment = bytes >= hugePage ? hugePage : 64;
  void *block = NULL;
  if (posix_memalign(&block, alignment, bytes) != 0) return NULL;
#ifdef MADV_HUGEPAGE
  if (bytes >= hugePage) madvise(block, bytes / hugePage * hugePage, MADV_HUGEPAGE);
#endif
  return block;
}

void ck_free(void *block) { free(block); }

int ck_has_address_sanitizer(void) {
#if __has_feature(address_sanitizer)
  return 1;
#else
  return 0;
#endif
}

int ck_has_avx512(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("x86-64-v4") ? 1 : 0;
#else
  return 0;
#endif
}
