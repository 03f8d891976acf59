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
static size_t most_kept = (size_t)6 << 30;
static size_t used, most_used, fresh;

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
  used += bytes;
  if (used > most_used) most_used = used;
  struct free_block *found = lists[list];
  if (found) {
    lists[list] = found->next;
    kept -= bytes;
  } else {
    fresh++;
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
  size_t list = list_of(&bytes);
  pthread_mutex_lock(&lock);
  used -= bytes;
#if __has_feature(address_sanitizer)
  // A block that is used again would hide a use after free.
  (void)list;
  int keep = 0;
#else
  int keep = kept + bytes <= most_kept;
  if (keep) {
    struct free_block *entry = block;
    entry->next = lists[list];
    lists[list] = entry;
    kept += bytes;
  }
#endif
  pthread_mutex_unlock(&lock);
  if (!keep) free(block);
}

size_t ck_most_memory(int afresh) {
  pthread_mutex_lock(&lock);
  size_t most = most_used;
  if (afresh) most_used = used;
  pthread_mutex_unlock(&lock);
  return most;
}

size_t ck_fresh_blocks(void) {
  pthread_mutex_lock(&lock);
  size_t count = fresh;
  pthread_mutex_unlock(&lock);
  return count;
}

void ck_keep_memory(size_t bytes) {
  pthread_mutex_lock(&lock);
  most_kept = bytes;
  // Largest first: a few of them make room. No block is smaller than 2^9 bytes.
  for (size_t list = 64 * 8 - 1; list >= 9 * 8; list--) {
    size_t size = ((size_t)8 + list % 8) << (list / 8 - 3);
    while (lists[list] && kept > most_kept) {
      struct free_block *block = lists[list];
      lists[list] = block->next;
      kept -= size;
      free(block);
    }
  }
  pthread_mutex_unlock(&lock);
}

int ck_has_avx512(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("x86-64-v4") ? 1 : 0;
#else
  return 0;
#endif
}

int ck_has_bfloat16(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512bf16") ? 1 : 0;
#else
  return 0;
#endif
}
