// Loaded into the daemon by check_faults (LD_PRELOAD): counts the calls that change the disk and, at
// the one that FAULT_AT names, kills the process as a power cut would, or lets the call fail once with
// the error FAULT_ERRNO. Lists the calls in the file FAULT_LIST. Workers start with an
// environment of their own and are not touched.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_long calls;
static long chosen;
static int error;
static int is_armed;

__attribute__((constructor)) static void begin(void) {
  const char *at = getenv("FAULT_AT"), *code = getenv("FAULT_ERRNO");
  chosen = at ? atol(at) : 0;
  error = code ? atoi(code) : 0;
  is_armed = 1;
}

static int fault(const char *name, const char *what) {
  if (!is_armed) return 0;
  long number = atomic_fetch_add(&calls, 1) + 1;
  const char *list = getenv("FAULT_LIST");
  if (list) {
    int file = open(list, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    dprintf(file, "%ld %s %s\n", number, name, what ? what : "");
    close(file);
  }
  if (number != chosen) return 0;
  if (!error) kill(getpid(), SIGKILL);
  errno = error;
  return 1;
}

#define REAL(name) (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define WRAP(name, what, parameters, arguments)          \
  int name parameters {                                  \
    if (fault(#name, what)) return -1;                   \
    return (REAL(name))arguments;                        \
  }

WRAP(fsync, NULL, (int file), (file))
WRAP(fdatasync, NULL, (int file), (file))
WRAP(rename, to, (const char *from, const char *to), (from, to))
WRAP(mkdir, path, (const char *path, mode_t mode), (path, mode))
WRAP(rmdir, path, (const char *path), (path))
WRAP(unlink, path, (const char *path), (path))
WRAP(ftruncate, NULL, (int file, off_t size), (file, size))
WRAP(ftruncate64, NULL, (int file, off64_t size), (file, size))
WRAP(renameat2, to, (int a, const char *from, int b, const char *to, unsigned flags),
     (a, from, b, to, flags))

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
  if (fault("pwrite64", NULL)) return -1;
  return (REAL(pwrite64))(file, bytes, count, offset);
}
