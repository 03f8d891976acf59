// Loaded into the daemon (LD_PRELOAD) by the checks beside this file: counts the calls that change the
// disk and breaks some of them, as its environment says.
//
//   FAULT_AT=N             at the Nth call the process is killed, as by a power cut,
//   FAULT_AT=N FAULT_ERRNO=E   or that one call fails with error E;
//   FAULT_CALL=NAME FAULT_ERRNO=E FAULT_WHILE=FILE   every call of NAME fails while FILE exists;
//   FAULT_LIST=FILE        lists the calls in FILE;
//   FAULT_MAGIC=M          every file system says that it is of type M;
//   FAULT_CLOCK=FILE       the clock on the wall is wrong by the seconds in FILE.
//
// Workers start with an environment of their own and are not touched.
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
#include <sys/time.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

static atomic_long calls;
static long chosen, magic;
static int error;
static const char *list, *named, *condition, *clock_file;
static int is_armed;

__attribute__((constructor)) static void begin(void) {
  const char *at = getenv("FAULT_AT"), *code = getenv("FAULT_ERRNO"), *type = getenv("FAULT_MAGIC");
  chosen = at ? atol(at) : 0;
  error = code ? atoi(code) : 0;
  magic = type ? strtol(type, NULL, 0) : 0;
  list = getenv("FAULT_LIST");
  named = getenv("FAULT_CALL");
  condition = getenv("FAULT_WHILE");
  clock_file = getenv("FAULT_CLOCK");
  is_armed = 1;
}

static int fault(const char *name, const char *what) {
  if (!is_armed) return 0;
  long number = atomic_fetch_add(&calls, 1) + 1;
  if (list) {
    int file = open(list, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    dprintf(file, "%ld %s %s\n", number, name, what ? what : "");
    close(file);
  }
  if (named) {
    if (strcmp(name, named) || (condition && access(condition, F_OK))) return 0;
  } else {
    if (number != chosen) return 0;
    if (!error) kill(getpid(), SIGKILL);
  }
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
WRAP(renameat, to, (int a, const char *from, int b, const char *to), (a, from, b, to))
WRAP(mkdir, path, (const char *path, mode_t mode), (path, mode))
WRAP(mkdirat, path, (int folder, const char *path, mode_t mode), (folder, path, mode))
WRAP(rmdir, path, (const char *path), (path))
WRAP(unlink, path, (const char *path), (path))
WRAP(unlinkat, path, (int folder, const char *path, int flags), (folder, path, flags))
WRAP(linkat, to, (int a, const char *from, int b, const char *to, int flags),
     (a, from, b, to, flags))
WRAP(ftruncate, NULL, (int file, off_t size), (file, size))
WRAP(ftruncate64, NULL, (int file, off64_t size), (file, size))
WRAP(renameat2, to, (int a, const char *from, int b, const char *to, unsigned flags),
     (a, from, b, to, flags))
WRAP(inotify_add_watch, path, (int file, const char *path, unsigned mask), (file, path, mask))

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
  if (fault("pwrite64", NULL)) return -1;
  return (REAL(pwrite64))(file, bytes, count, offset);
}

int statfs(const char *path, struct statfs *facts) {
  int answer = (REAL(statfs))(path, facts);
  if (answer == 0 && magic) facts->f_type = magic;
  return answer;
}

static long skew(void) {
  int file = clock_file ? open(clock_file, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return 0;
  char text[32] = "";
  ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  return length > 0 ? atol(text) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  int answer = (REAL(clock_gettime))(clock, now);
  if (answer == 0 && clock == CLOCK_REALTIME) now->tv_sec += skew();
  return answer;
}

time_t time(time_t *out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  int answer = (REAL(gettimeofday))(now, zone);
  if (answer == 0) now->tv_sec += skew();
  return answer;
}
