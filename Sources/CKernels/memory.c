#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "common.h"

// Freed blocks wait in one list per size for the next tensor of that size: a training step asks for
// the same sizes every time, and fresh memory costs a page fault per 4 KiB, which took a quarter of
// a step. The links lie in the free blocks themselves.
struct free_block {
  struct free_block *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
// Under the lock. Eight sizes per power of two.
static struct free_block *lists[64 * 8];
static size_t kept;
// Beyond this, memory goes back to the system.
static const size_t most_kept = (size_t)6 << 30;

// Rounds up to an eighth of the power of two below, so that nearly equal sizes meet; at least 64
// bytes, which keeps blocks whole cache lines.
static size_t list_of(size_t *bytes) {
  size_t wanted = *bytes < 512 ? 512 : *bytes;
  int power = 63 - __builtin_clzll(wanted);
  size_t step = (size_t)1 << (power - 3);
  *bytes = (wanted + step - 1) / step * step;
  power = 63 - __builtin_clzll(*bytes);
  return (size_t)power * 8 + (*bytes >> (power - 3)) % 8;
}

void *ck_allocate(size_t bytes) {
  size_t list = list_of(&bytes);
  pthread_mutex_lock(&lock);
  struct free_block *found = lists[list];
  if (found) {
    lists[list] = found->next;
    kept -= bytes;
  }
  pthread_mutex_unlock(&lock);
  if (found) return found;
  const size_t hugePage = (size_t)2 << 20;
  void *block = NULL;
  if (posix_memalign(&block, bytes >= hugePage ? hugePage : 64, bytes) != 0) return NULL;
#ifdef MADV_HUGEPAGE
  if (bytes >= hugePage) madvise(block, bytes / hugePage * hugePage, MADV_HUGEPAGE);
#endif
  return block;
}

void ck_free(void *block, size_t bytes) {
#if __has_feature(address_sanitizer)
  // A block that is used again would hide a use after free.
  free(block);
#else
  size_t list = list_of(&bytes);
  pthread_mutex_lock(&lock);
  int keep = kept + bytes <= most_kept;
  if (keep) {
    struct free_block *entry = block;
    entry->next = lists[list];
    lists[list] = entry;
    kept += bytes;
  }
  pthread_mutex_unlock(&lock);
  if (!keep) free(block);
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
