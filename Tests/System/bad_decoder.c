// Stands in for libsndfile in a worker (LD_LIBRARY_PATH) and goes wrong as decoders of strangers'
// files do: built with -DFAULT=1 it crashes, with 2 it never returns, with 3 it takes four gigabytes.
// Everything else is the real library, which it is linked with under its full path.
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

void *sf_open_virtual(void *functions, int mode, void *info, void *context) {
  (void)functions, (void)mode, (void)info, (void)context;
#if FAULT == 1
  *(volatile int *)8 = 1;
#elif FAULT == 2
  for (volatile unsigned long turn = 0;; turn++) {}
#elif FAULT == 3
  size_t size = 4ul << 30;
  char *block = malloc(size);
  if (!block) abort();
  memset(block, 1, size);
#endif
  return NULL;
}
