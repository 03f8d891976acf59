// Threads that compute the pieces of one loop after the other. Between two loops, which in a network
// lie microseconds apart, they turn in a circle for a moment before they sleep: a thread that has to
// be woken on a busy machine is likely to be put behind the one that woke it.
#if defined(__linux__)
#define _GNU_SOURCE
#endif

#include "ckernels.h"

#if defined(__linux__)

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { MOST_HELPERS = 255, PATIENCE_NANOSECONDS = 40000 };

static pthread_mutex_t owner = PTHREAD_MUTEX_INITIALIZER;
static int helpers;

// Of each helper: its number as a thread, and whether it was sent to other cores than all.
static atomic_int threadOf[MOST_HELPERS], isSent[MOST_HELPERS];

// The loop in hand. It is written before `places` are opened and does not change before all who took
// one have left.
static void (*body)(void *, ptrdiff_t);
static void *context;
static ptrdiff_t count;
static atomic_ptrdiff_t next;

// Counts loops; helpers wait for it to change.
static atomic_uint loops;
static atomic_int sleepers;
// How many helpers may still join, and how many have left.
static atomic_int places;
static atomic_uint left;
static atomic_int ownerSleeps;

static long long nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

// Waits until `word` differs from `value`: awake at first, then asleep and counted in `asleep`.
static void wait_for_change(atomic_uint *word, unsigned value, atomic_int *asleep) {
  long long start = nanoseconds();
  do {
    for (int i = 0; i < 64; i++) {
      if (atomic_load_explicit(word, memory_order_acquire) != value) return;
#if defined(__x86_64__)
      __builtin_ia32_pause();
#endif
    }
  } while (nanoseconds() - start < PATIENCE_NANOSECONDS);
  atomic_fetch_add(asleep, 1);
  while (atomic_load(word) == value)
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
  atomic_fetch_sub(asleep, 1);
}

static void change(atomic_uint *word, atomic_int *asleep, int wanted) {
  atomic_fetch_add(word, 1);
  if (atomic_load(asleep) > 0) syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, wanted, NULL, NULL, 0);
}

static void compute(void) {
  ptrdiff_t index;
  while ((index = atomic_fetch_add_explicit(&next, 1, memory_order_relaxed)) < count)
    body(context, index);
}

// A helper that sleeps is to wake on another core than this one, which will be busy: on a machine all
// of whose cores are, it would be put here, to wait until there is nothing left to do.
static void send_helpers(int wanted) {
  cpu_set_t others;
  int here = sched_getcpu();
  if (here < 0 || sched_getaffinity(0, sizeof others, &others) != 0) return;
  if (CPU_COUNT(&others) < 2) return;
  CPU_CLR(here, &others);
  for (int i = 0; i < helpers && i < wanted; i++) {
    int thread = atomic_load(&threadOf[i]);
    if (thread && sched_setaffinity(thread, sizeof others, &others) == 0)
      atomic_store(&isSent[i], 1);
  }
}

// And then go where it likes: where the program's first thread may.
static void free_helper(ptrdiff_t index) {
  cpu_set_t all;
  if (!atomic_exchange(&isSent[index], 0)) return;
  if (sched_getaffinity(getpid(), sizeof all, &all) == 0) sched_setaffinity(0, sizeof all, &all);
}

static void *help(void *argument) {
  ptrdiff_t index = (ptrdiff_t)argument;
  unsigned seen = 0;
  atomic_store(&threadOf[index], (int)syscall(SYS_gettid));
  for (;;) {
    wait_for_change(&loops, seen, &sleepers);
    seen = atomic_load(&loops);
    free_helper(index);
    int free = atomic_load(&places);
    while (free > 0 && !atomic_compare_exchange_weak(&places, &free, free - 1)) continue;
    if (free <= 0) continue;
    compute();
    change(&left, &ownerSleeps, 1);
  }
  return NULL;
}

// As many helpers as can be had; they take no signals.
static void gather_helpers(int wanted) {
  if (helpers >= wanted) return;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (; helpers < wanted && helpers < MOST_HELPERS; helpers++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, help, (void *)(ptrdiff_t)helpers) != 0) break;
    pthread_detach(thread);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int ck_together(ptrdiff_t pieces, int threads, void (*piece)(void *, ptrdiff_t), void *argument) {
  if (pthread_mutex_trylock(&owner) != 0) return 0;
  gather_helpers(threads - 1);
  body = piece;
  context = argument;
  count = pieces;
  atomic_store(&next, 0);
  unsigned before = atomic_load(&left);
  atomic_store(&places, threads - 1);
  if (atomic_load(&sleepers) > 0) send_helpers(threads - 1);
  change(&loops, &sleepers, threads - 1);
  compute();
  // Whoever has not come by now need not come.
  unsigned joined = (unsigned)(threads - 1 - atomic_exchange(&places, 0));
  unsigned now;
  while ((now = atomic_load(&left)) - before != joined) wait_for_change(&left, now, &ownerSleeps);
  pthread_mutex_unlock(&owner);
  return 1;
}

#else

int ck_together(ptrdiff_t pieces, int threads, void (*piece)(void *, ptrdiff_t), void *argument) {
  (void)pieces, (void)threads, (void)piece, (void)argument;
  return 0;
}

#endif
